#!/usr/bin/python3
"""A window that fills the screen and prints what its pointer does: SECONDS EVENT..., by the monotonic clock.

motion X Y, button NUMBER down|up, scroll DX DY. Needs GTK 3; ends with its display.
"""

import sys
import time

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402


def say(*words):
    print(f"{time.monotonic():.6f}", *words, flush=True)


window = Gtk.Window(title="watcher")
masks = Gdk.EventMask
window.add_events(
    masks.POINTER_MOTION_MASK | masks.BUTTON_PRESS_MASK | masks.BUTTON_RELEASE_MASK | masks.SCROLL_MASK | masks.SMOOTH_SCROLL_MASK
)
window.connect("motion-notify-event", lambda _, event: say("motion", f"{event.x_root:.1f} {event.y_root:.1f}"))
window.connect("button-press-event", lambda _, event: say("button", event.button, "down"))
window.connect("button-release-event", lambda _, event: say("button", event.button, "up"))
window.connect("scroll-event", lambda _, event: say("scroll", *event.get_scroll_deltas()[1:]))
window.connect("map-event", lambda *_: say("shown"))
window.connect("destroy", lambda *_: sys.exit())
window.fullscreen()
window.show_all()
Gtk.main()
