"""The control room's frame: sign-in state, screens by role, top bar. Protects nothing: every page guards itself."""

from smartalert.control import frame

frame.run()
