"""What a guest may do: a profile, the plan that it turns into, and the kernel that enforces it.

May be used by every room above ``xpc``. May use ``xpc`` and the standard library's cheap half:
all of it is imported once in the zygote, and becomes a part of every guest.

Read in this order: ``profile`` (a value, and the ordered list of operations it means), ``apply``
(does them, in the new process), ``policy`` and ``filter`` (which system calls there are, and the
seccomp program made of that), ``kernel`` and ``syscalls`` (the kernel by ctypes), ``notification``
(the host is asked about denied calls), ``witness`` and ``probing`` (prove the layers by accesses
that must fail, and that denials are told). The level that exists is STRONG: Landlock, seccomp,
resource limits, no capabilities. UNSEALED is the same without Landlock. SEALED, with namespaces,
will put its operations before ``landlock_ruleset``.
"""
