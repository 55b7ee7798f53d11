"""Uniform type identifiers: which type is a kind of which, and what a file's name says of it.

The table is Apple's *System-Declared Uniform Type Identifiers*. A type that is not in it (an app's
own) conforms to itself alone: ``UTExportedTypeDeclarations`` are not read. Identifiers are compared
without regard to case, as Apple's functions do.
"""

from functools import cache

__all__ = ("conformed_to", "conforms_to", "uti_for_file_name")

_DATA_AND_CONTENT = ("public.data", "public.content")

_PARENTS: dict[str, tuple[str, ...]] = {
    "com.adobe.pdf": ("public.data", "public.composite-content"),
    "com.apple.bundle": ("public.directory",),
    "com.apple.coreaudio-format": ("public.audio",),
    "com.apple.package": ("public.directory",),
    "com.apple.property-list": ("public.data",),
    "com.apple.quicktime-movie": ("public.movie",),
    "com.apple.webarchive": ("public.data", "public.composite-content"),
    "com.compuserve.gif": ("public.image",),
    "com.microsoft.bmp": ("public.image",),
    "com.pkware.zip-archive": ("public.data", "public.archive"),
    "net.daringfireball.markdown": ("public.plain-text",),
    "org.gnu.gnu-zip-archive": ("public.data", "public.archive"),
    "public.3gpp": ("public.movie",),
    "public.aiff-audio": ("public.audio",),
    "public.audio": ("public.audiovisual-content",),
    "public.audiovisual-content": _DATA_AND_CONTENT,
    "public.avi": ("public.movie",),
    "public.camera-raw-image": ("public.image",),
    "public.composite-content": ("public.content",),
    "public.data": ("public.item",),
    "public.directory": ("public.item",),
    "public.file-url": ("public.url",),
    "public.folder": ("public.directory",),
    "public.heic": ("public.heif-standard",),
    "public.heif-standard": ("public.image",),
    "public.html": ("public.text",),
    "public.image": _DATA_AND_CONTENT,
    "public.jpeg": ("public.image",),
    "public.jpeg-2000": ("public.image",),
    "public.json": ("public.text",),
    "public.movie": ("public.audiovisual-content",),
    "public.mp3": ("public.audio",),
    "public.mpeg-4": ("public.movie",),
    "public.plain-text": ("public.text",),
    "public.png": ("public.image",),
    "public.rtf": ("public.text",),
    "public.source-code": ("public.plain-text",),
    "public.text": _DATA_AND_CONTENT,
    "public.tiff": ("public.image",),
    "public.url": ("public.data",),
    "public.utf16-plain-text": ("public.plain-text",),
    "public.utf8-plain-text": ("public.plain-text",),
    "public.vcard": _DATA_AND_CONTENT,
    "public.video": ("public.movie",),
    "public.xml": ("public.text",),
}

_BY_SUFFIX = {
    "gif": "com.compuserve.gif",
    "heic": "public.heic",
    "htm": "public.html",
    "html": "public.html",
    "jpeg": "public.jpeg",
    "jpg": "public.jpeg",
    "json": "public.json",
    "md": "net.daringfireball.markdown",
    "mov": "com.apple.quicktime-movie",
    "mp3": "public.mp3",
    "mp4": "public.mpeg-4",
    "pdf": "com.adobe.pdf",
    "png": "public.png",
    "rtf": "public.rtf",
    "txt": "public.plain-text",
    "vcf": "public.vcard",
    "xml": "public.xml",
    "zip": "com.pkware.zip-archive",
}


def conforms_to(uti: str, parent: str) -> bool:
    """Return whether a type is ``parent`` or a kind of it, through any of its ancestors."""
    return parent.lower() in _ancestry(uti.lower())


def conformed_to(uti: str) -> frozenset[str]:
    """Return a type and everything it conforms to, in lower case."""
    return _ancestry(uti.lower())


@cache
def _known_ancestry(uti: str) -> frozenset[str]:
    return frozenset((uti,)).union(*(_known_ancestry(parent) for parent in _PARENTS.get(uti, ())))


def _ancestry(uti: str) -> frozenset[str]:
    # Only the table's types are remembered: guests invent others without end.
    return _known_ancestry(uti) if uti in _PARENTS else frozenset((uti,))


def uti_for_file_name(name: str) -> str:
    """Return the type that a file's suffix stands for; ``public.data`` where it says nothing."""
    stem, dot, suffix = name.rpartition(".")

    return _BY_SUFFIX.get(suffix.lower(), "public.data") if stem and dot else "public.data"
