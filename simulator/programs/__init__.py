"""Built-in programs: what ``simctl spawn`` starts by name. One module per program.

    defaults     reads and writes every preference domain of the device
    notifyutil   posts, watches and asks for Darwin notifications
    launchctl    the device's services: list, print, kickstart

A program is a process of the device like any other: forked by the zygote, sealed, with a bootstrap
socket. It has no bundle, no data container and nothing it may write to; the host knows it for a
part of the system (``Guest.is_system``). Its module has ``main(arguments)``, which gets what was
typed behind the program's name and returns the exit status. To add a program, add its file.

May be used by nobody: the module is imported in the new process, after the fork. May use ``sdk``,
``xpc``, ``shared_container`` and the cheap half of the standard library: a guest is light.
"""
