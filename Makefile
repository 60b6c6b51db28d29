# Two commands for a newcomer: `make demo` and `make test`. Both install what is missing.
# They work on a fresh Debian or Ubuntu with git and a Rust toolchain; elsewhere they print what to install.

CARGO ?= cargo
VENV := target/venv
QUICK := --config profile.dev.package.bci-cursor.opt-level=0
# What each command needs, as program-or-file:package (see scripts/install-needs.sh).
BUILD_NEEDS := cmake:cmake c++:g++ pkg-config:pkg-config alsa.pc:libasound2-dev
WINDOW_NEEDS := libEGL.so.1:libegl1 libXcursor.so.1:libxcursor1 libXi.so.6:libxi6 libxkbcommon-x11.so.0:libxkbcommon-x11-0
DEMO_NEEDS := $(BUILD_NEEDS) Xvfb:xvfb
# A desktop with an accessibility tree, and two programs that use it.
DESKTOP_NEEDS := openbox:openbox dbus-daemon:dbus /usr/libexec/at-spi-bus-launcher:at-spi2-core zenity:zenity chromium:chromium
# A Wayland compositor, and a program that prints the events of its pointer.
WAYLAND_NEEDS := sway:sway wev:wev
# A compiler and linker for Windows, and what runs its programs here.
WINDOWS := x86_64-pc-windows-gnu
MINGW := x86_64-w64-mingw32
WINDOWS_NEEDS := $(BUILD_NEEDS) x86_64-w64-mingw32-g++-posix:g++-mingw-w64-x86-64-posix
WINE_NEEDS := Xvfb:xvfb /usr/lib/wine/wine64:wine64
TEST_NEEDS := $(DEMO_NEEDS) $(WINDOW_NEEDS) $(DESKTOP_NEEDS) $(WAYLAND_NEEDS) python3:python3

.PHONY: demo demo-desktop test test-vm test-vm-needs check bench instructions latency latency-scan footprint deb try-deb deny sanitize fuzz test-usb-mouse test-desktops test-usb-mouse-needs test-desktops-needs windows test-windows windows-needs test-windows-needs closed-loop endurance standby screenshots deb-needs demo-needs demo-desktop-needs test-needs bench-needs footprint-needs screenshots-needs venv

demo: demo-needs
	@echo '+ $(CARGO) run --profile demo --no-default-features --features cli -- demo'
	@$(CARGO) run --profile demo --no-default-features --features cli -- demo

# Answers a dialog and uses a web page with real EEG from BCI_CURSOR_EEG_DIR, or else with a synthetic patient's. With a display, it
# runs in a window there. Leaves pictures and a short animation.
demo-desktop: demo-desktop-needs
	@sh scripts/demo-desktop.sh target/demo-desktop

# With cargo-nextest (.config/nextest.toml), tests run side by side in half the time; otherwise one test program runs after another. The
# programs in Python are installed while it compiles.
test: test-needs
	@set -e; export BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python'; \
	sh scripts/venv.sh '$(VENV)' & venv=$$!; \
	if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --workspace --no-run; wait $$venv; \
		echo '+ $(CARGO) nextest run --workspace'; $(CARGO) nextest run --workspace; \
		echo '+ $(CARGO) test --workspace --doc'; $(CARGO) test --workspace --doc; \
	else \
		$(CARGO) test --workspace --no-run; wait $$venv; \
		echo '+ $(CARGO) test --workspace'; $(CARGO) test --workspace; \
	fi

# After an edit: format, clippy, and the tests that need no stream and no screen. The driver is compiled without optimisation.
check:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- -D warnings
	@$(CARGO) $(QUICK) test --workspace --lib --test architecture

# Ends with one table, and plots cost against channels into target/criterion/cost.svg.
bench: bench-needs venv
	@rm -rf target/criterion
	@BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' $(CARGO) bench --workspace --bench live_path --bench recordings --bench decode
	@BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' $(CARGO) bench --bench window
	@python3 benches/table.py target/criterion target/criterion/cost.svg

# Counts the instructions of the live path into a snapshot that is committed, so that a review shows changes.
instructions: instructions-needs
	@$(CARGO) bench --bench instructions

# Latency from a published sample to a visible pointer motion, beside a bare loop and a program in Python.
latency: bench-needs venv
	@$(CARGO) build --release
	@target/release/bci-cursor evaluate latency --peer $(VENV)/bin/python tests/peers/latency.py

# The same by channels, rate and block size, without Python. Takes ten minutes.
latency-scan: test-needs
	@$(CARGO) build --release
	@sh scripts/latency-scan.sh target/release/bci-cursor

# Memory and processor time of a run at 64 channels and 500 Hz, measured from outside with GNU time.
footprint: footprint-needs
	@$(CARGO) build --release
	@sh scripts/footprint.sh target/release/bci-cursor

# Pictures of every screen, taken in a real window, for people to look at.
screenshots: screenshots-needs
	@$(CARGO) build
	@sh scripts/screenshots.sh target/debug/bci-cursor target/screenshots/en 1280x800 --synthetic seed=7,channels=32,erd=0.8
	@WHOLE=0 sh scripts/screenshots.sh target/debug/bci-cursor target/screenshots/full-hd 1920x1080 --synthetic seed=7,channels=64
	@WHOLE=0 sh scripts/screenshots.sh target/debug/bci-cursor target/screenshots/large 1280x800 --text-scale 200 --theme high-contrast
	@WHOLE=0 sh scripts/screenshots.sh target/debug/bci-cursor target/screenshots/zh 1280x800 --language zh --theme dark --text-scale 150
	@sh scripts/screenshots-looking.sh target/debug/bci-cursor target/screenshots/en 1280x800
	@sh scripts/screenshots-looking.sh target/debug/bci-cursor target/screenshots/zh 1280x800 --language zh --text-scale 200
	@sh scripts/screenshots-run.sh target/debug/bci-cursor target/screenshots/en 1280x720
	@sh scripts/screenshots-run.sh target/debug/bci-cursor target/screenshots/large 1280x720 --text-scale 150 --theme high-contrast
	@sh scripts/screenshots-run.sh target/debug/bci-cursor target/screenshots/zh 1920x1080 --language zh --theme dark
	@sh scripts/screenshots-panel.sh target/debug/bci-cursor target/screenshots/en 1280x800 right
	@sh scripts/screenshots-panel.sh target/debug/bci-cursor target/screenshots/en 1280x800 bottom --theme dark
	@sh scripts/screenshots-panel.sh target/debug/bci-cursor target/screenshots/large 1920x1080 right --text-scale 200 --theme high-contrast
	@sh scripts/screenshots-panel.sh target/debug/bci-cursor target/screenshots/zh 1920x1080 right --language zh --text-scale 150

# Builds target/debian/bci-cursor_VERSION_ARCH.deb.
deb: deb-needs
	@$(CARGO) build --release
	@rm -rf target/package-files target/debian
	@target/release/bci-cursor install-files target/package-files
	@$(CARGO) deb --no-build

# Builds target/windows/bci-cursor.exe, one file, without the windows. g++ links, because of liblsl.
windows: windows-needs
	@CC_x86_64_pc_windows_gnu=$(MINGW)-gcc-posix CXX_x86_64_pc_windows_gnu=$(MINGW)-g++-posix \
		CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=$(MINGW)-g++-posix \
		$(CARGO) build --target $(WINDOWS) --profile demo --no-default-features --features cli
	@mkdir -p target/windows
	@cp target/$(WINDOWS)/demo/bci-cursor.exe target/windows/

# Runs that program in Wine. Takes some minutes.
test-windows: windows test-windows-needs
	@$(CARGO) test --test end_to_end windows:: -- --ignored --nocapture --test-threads 1

windows-needs:
	@sh scripts/install-needs.sh $(WINDOWS_NEEDS)
	@rustup target list --installed | grep -qx $(WINDOWS) || rustup target add $(WINDOWS)

test-windows-needs:
	@sh scripts/install-needs.sh $(WINE_NEEDS)

# Installs the package into a clean root, and uses it there.
try-deb: deb
	@command -v mmdebstrap >/dev/null || sh scripts/install-needs.sh --always mmdebstrap
	@sh scripts/try-deb.sh target/debian/*.deb

deb-needs:
	@sh scripts/install-needs.sh $(BUILD_NEEDS) dpkg-shlibdeps:dpkg-dev
	@command -v cargo-deb >/dev/null || $(CARGO) install --locked cargo-deb

# Checks the licences and sources of dependencies. (The workflow checks known vulnerabilities, because their list is online.)
deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	@$(CARGO) deny check licenses bans sources

# Runs the library's tests and tests/threads.rs under ThreadSanitizer. It needs a nightly compiler, and rebuilds the standard library.
sanitize:
	@sh scripts/install-needs.sh $(BUILD_NEEDS)
	@rustup component list --toolchain nightly 2>/dev/null | grep -q '^rust-src (installed)' || \
		rustup toolchain install nightly --profile minimal --component rust-src
	@RUSTFLAGS=-Zsanitizer=thread $(CARGO) +nightly test -Zbuild-std --target $$(rustc -vV | sed -n 's/host: //p') \
		--target-dir target/sanitize --no-default-features --features desktop,lsl --lib --test threads

# The mouse of the kernel (run --pointer uinput) with libinput and a compositor, and this computer as a Bluetooth mouse of a tablet, in virtual
# machines with Debian's kernel. Takes ten minutes.
test-vm: test-vm-needs venv
	@$(VENV)/bin/pip install --quiet --no-compile --disable-pip-version-check -r scripts/vm/requirements.txt
	@$(CARGO) build
	@sh scripts/vm/test.sh target/debug/bci-cursor '$(VENV)/bin/python' target/test-vm

# This computer as a USB mouse and pen, and as a mouse of the kernel with recorded EEG, in an emulated machine. Takes seven minutes.
test-usb-mouse: test-usb-mouse-needs venv
	@$(CARGO) build
	@sh scripts/usb-mouse/test.sh target/debug/bci-cursor '$(VENV)/bin/python' target/usb-mouse "$${BCI_CURSOR_EEG_DIR:-../shared/eeg}"

# The pointer of GNOME's compositor through its portal, and that of KDE's, and how long pointers take beside X. Takes ten minutes.
test-desktops: test-desktops-needs venv
	@BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' BCI_CURSOR_ALL_TRIALS=1 \
		$(CARGO) test --test end_to_end kwin:: -- --nocapture --test-threads 1
	@$(CARGO) test --test end_to_end pointer_latency:: -- --nocapture --ignored
	@$(CARGO) build
	@scripts/desktops/mutter.sh target/debug/bci-cursor '$(VENV)/bin/python' target/desktops "$${BCI_CURSOR_EEG_DIR:-../shared/eeg}"

test-desktops-needs:
	@sh scripts/install-needs.sh $(BUILD_NEEDS) python3:python3 sway:sway wev:wev mutter:mutter dbus-run-session:dbus-daemon \
		/usr/libexec/xdg-desktop-portal:xdg-desktop-portal /usr/libexec/xdg-desktop-portal-gnome:xdg-desktop-portal-gnome \
		/usr/libexec/at-spi-bus-launcher:at-spi2-core
	@APT_OPTIONS=--no-install-recommends sh scripts/install-needs.sh kwin_wayland:kwin-wayland
	@/usr/bin/python3 -c 'import gi; gi.require_version("Gtk", "3.0"); gi.require_version("Atspi", "2.0")' 2>/dev/null || \
		sh scripts/install-needs.sh --always python3-gi gir1.2-gtk-3.0 gir1.2-atspi-2.0

test-usb-mouse-needs:
	@sh scripts/install-needs.sh $(BUILD_NEEDS) python3:python3 qemu-system-x86_64:qemu-system-x86 busybox:busybox-static \
		evtest:evtest cpio:cpio /sbin/modprobe:kmod strip:binutils

# Fuzzes every reader with arbitrary input, FUZZ_SECONDS each, with a nightly compiler.
FUZZ_SECONDS ?= 100
fuzz:
	@sh scripts/install-needs.sh $(BUILD_NEEDS)
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	@$(CARGO) build --release
	@sh tests/fuzz/run.sh target/release/bci-cursor $(FUZZ_SECONDS)

# All closed-loop figures: targets that simulated users reach with the EEG of twelve people. Takes forty minutes.
closed-loop: demo-needs
	@$(CARGO) build --release
	@sh scripts/closed-loop.sh target/release/bci-cursor "$${BCI_CURSOR_EEG_DIR:-../shared/eeg}"

# Hours of stream time with faults: a day as fast as possible, and an hour in real time.
endurance: demo-needs
	@BCI_CURSOR_ENDURANCE_HOURS=24 $(CARGO) test --test end_to_end endurance:: -- --nocapture
	@$(CARGO) build --release
	@sh scripts/endurance.sh target/release/bci-cursor 60

# How often a day of each kind of noise resumes a paused pointer, with a starter and with a fitted gate. Takes half an hour.
standby: demo-needs
	@BCI_CURSOR_STANDBY_HOURS=24 nice $(CARGO) test --test end_to_end standby::noise_does_not -- --nocapture --test-threads 1

test-vm-needs:
	@sh scripts/install-needs.sh $(BUILD_NEEDS) $(WAYLAND_NEEDS) qemu-system-x86_64:qemu-system-x86 busybox:busybox-static \
		cpio:cpio /sbin/depmod:kmod /usr/sbin/seatd:seatd evtest:evtest /lib/systemd/systemd-udevd:udev python3:python3 dbus-daemon:dbus-daemon /usr/libexec/bluetooth/bluetoothd:bluez btvirt:bluez-test-tools

screenshots-needs:
	@sh scripts/install-needs.sh $(DEMO_NEEDS) $(WINDOW_NEEDS) openbox:openbox import:imagemagick xdotool:xdotool
	@fc-list :lang=zh 2>/dev/null | grep -q . || sh scripts/install-needs.sh --always fontconfig fonts-noto-cjk

# The benchmark of the window needs a display.
bench-needs: test-needs

instructions-needs:
	@sh scripts/install-needs.sh $(BUILD_NEEDS) $(WINDOW_NEEDS) valgrind:valgrind

footprint-needs:
	@sh scripts/install-needs.sh $(DEMO_NEEDS) time:time

demo-needs:
	@sh scripts/install-needs.sh $(DEMO_NEEDS)

demo-desktop-needs:
	@sh scripts/install-needs.sh $(DEMO_NEEDS) $(WINDOW_NEEDS) $(DESKTOP_NEEDS) import:imagemagick convert:imagemagick Xephyr:xserver-xephyr

test-needs:
	@sh scripts/install-needs.sh $(TEST_NEEDS)

venv:
	@sh scripts/venv.sh '$(VENV)'
