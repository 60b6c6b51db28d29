#!/usr/bin/python3
"""Answers the consent dialog of GNOME's portal as a user would: switches "Allow" on and presses "Share". Prints "allowed".

The pointer of this helper moves through Mutter's own interface, which needs no consent. Needs the accessibility tree.
"""

import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

MUTTER = "org.gnome.Mutter.RemoteDesktop"
LEFT = 0x110
bus = Gio.bus_get_sync(Gio.BusType.SESSION)


def call(path, interface, method, values=None):
    return bus.call_sync(MUTTER, path, interface, method, values, None, 0, 5000, None)


session = call("/org/gnome/Mutter/RemoteDesktop", MUTTER, "CreateSession").unpack()[0]
call(session, MUTTER + ".Session", "Start")


def move(x, y):
    call(session, MUTTER + ".Session", "NotifyPointerMotionRelative", GLib.Variant("(dd)", (x, y)))


def click_at(x, y):
    move(-5000, -5000)
    move(x, y)
    wait_for(lambda: False, 0.2)
    for is_down in (True, False):
        call(session, MUTTER + ".Session", "NotifyPointerButton", GLib.Variant("(ib)", (LEFT, is_down)))
        wait_for(lambda: False, 0.08)


def wait_for(is_so, within_s):
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        found = is_so()
        if found:
            return found
        time.sleep(0.05)
    return None


def find(node, role, name):
    if node.get_role_name() == role and name in (node.get_name() or ""):
        return node
    for k in range(node.get_child_count()):
        child = node.get_child_at_index(k)
        found = child and find(child, role, name)
        if found:
            return found
    return None


def dialog(role, name):
    Atspi.Accessible.clear_cache(Atspi.get_desktop(0))
    desktop = Atspi.get_desktop(0)
    for k in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(k)
        if program and program.get_name() == "xdg-desktop-portal-gnome":
            # The newest window is the last one; an earlier dialog can still be in the tree.
            windows = [program.get_child_at_index(k) for k in range(program.get_child_count())]
            found = [find(window, role, name) for window in reversed(windows) if window]
            return next((node for node in found if node), None)
    return None


def states():
    """States of the button "Share"; none if there is no dialog."""
    share = dialog("push button", "Share")
    if not share:
        return []
    share.clear_cache()
    return [state.value_nick for state in share.get_state_set().get_states()]


if not wait_for(states, 20):
    sys.exit("there is no dialog")
# The tree's places are those in the window, which is in the middle of a screen of 1280 x 720. The row of the switch is searched near
# its usual place.
for dy in (0, -24, 24, -12, 12, -36, 36):
    click_at(820, 284 + dy)
    if wait_for(lambda: "sensitive" in states(), 0.6):
        click_at(843, 233 + dy)
        break
else:
    sys.exit("the switch was not found")
print("allowed", flush=True)
wait_for(lambda: not states(), 2)
