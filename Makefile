# Two commands for a newcomer: `make demo` and `make test`. Both install what is missing.
# They work on a fresh Debian or Ubuntu with git and a Rust toolchain; elsewhere they print what to install.

CARGO ?= cargo
VENV := target/venv
QUICK := --config profile.dev.package.bci-cursor.opt-level=0
# What each command needs, as need:package (see tests/install-needs.sh).
BUILD_NEEDS := cmake:cmake c++:g++ pkg-config:pkg-config alsa.pc:libasound2-dev
WINDOW_NEEDS := libEGL.so.1:libegl1 libXcursor.so.1:libxcursor1 libXi.so.6:libxi6 libxkbcommon-x11.so.0:libxkbcommon-x11-0
DEMO_NEEDS := $(BUILD_NEEDS) Xvfb:xvfb
# A desktop whose programs tell what they show, and two of them.
DESKTOP_NEEDS := openbox:openbox dbus-daemon:dbus /usr/libexec/at-spi-bus-launcher:at-spi2-core zenity:zenity chromium:chromium
TEST_NEEDS := $(DEMO_NEEDS) $(WINDOW_NEEDS) $(DESKTOP_NEEDS) python3:python3

.PHONY: demo demo-desktop test check bench instructions latency latency-scan footprint deb try-deb deny sanitize fuzz closed-loop endurance standby screenshots deb-needs demo-needs demo-desktop-needs test-needs bench-needs footprint-needs screenshots-needs venv

demo: demo-needs
	@echo '+ $(CARGO) run --release -- demo'
	@$(CARGO) run --release -- demo

# A dialog is answered and a web page used, by real EEG where BCI_CURSOR_EEG_DIR has it, else by a synthetic patient's. With a
# display, in a window on it. Pictures and a short animation of it are left behind.
demo-desktop: demo-desktop-needs
	@sh tests/demo-desktop.sh target/demo-desktop

# Side by side where cargo-nextest is installed (.config/nextest.toml), which takes half as long; else one test program after another.
test: test-needs venv
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -e; export BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python'; \
		echo '+ $(CARGO) nextest run --workspace'; $(CARGO) nextest run --workspace; \
		echo '+ $(CARGO) test --workspace --doc'; $(CARGO) test --workspace --doc; \
	else \
		echo '+ $(CARGO) test --workspace'; \
		BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' $(CARGO) test --workspace; \
	fi

# After an edit: format, clippy, and what needs neither a stream nor a screen. The driver itself is compiled without optimisation.
check:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- -D warnings
	@$(CARGO) $(QUICK) test --workspace --lib --test architecture

# One table at the end, and a plot of cost against channels in target/criterion/cost.svg.
bench: bench-needs venv
	@rm -rf target/criterion
	@BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' $(CARGO) bench --workspace --bench live_path --bench recordings --bench decode
	@BCI_CURSOR_PYTHON='$(CURDIR)/$(VENV)/bin/python' $(CARGO) bench --bench window
	@python3 benches/table.py target/criterion target/criterion/cost.svg

# Instructions of the live path, as a snapshot that is looked at in review.
instructions: instructions-needs
	@$(CARGO) bench --bench instructions

# From a published sample to a pointer that others see moving, beside a bare loop and a program in Python.
latency: bench-needs venv
	@$(CARGO) build --release
	@target/release/bci-cursor evaluate latency --peer $(VENV)/bin/python tests/peers/latency.py

# The same by channels, rate and block size, without Python: ten minutes.
latency-scan: test-needs
	@$(CARGO) build --release
	@sh tests/latency-scan.sh target/release/bci-cursor

# Memory and processor of a run at 64 channels and 500 Hz, measured from outside with GNU time.
footprint: footprint-needs
	@$(CARGO) build --release
	@sh tests/footprint.sh target/release/bci-cursor

# Every screen of the window, in a real one: to be looked at.
screenshots: screenshots-needs
	@$(CARGO) build
	@sh tests/screenshots.sh target/debug/bci-cursor target/screenshots/en 1280x800 --synthetic seed=7,channels=32,erd=0.8
	@WHOLE=0 sh tests/screenshots.sh target/debug/bci-cursor target/screenshots/full-hd 1920x1080 --synthetic seed=7,channels=64
	@WHOLE=0 sh tests/screenshots.sh target/debug/bci-cursor target/screenshots/large 1280x800 --text-scale 200 --theme high-contrast
	@WHOLE=0 sh tests/screenshots.sh target/debug/bci-cursor target/screenshots/zh 1280x800 --language zh --theme dark --text-scale 150
	@sh tests/screenshots-run.sh target/debug/bci-cursor target/screenshots/en 1280x720
	@sh tests/screenshots-run.sh target/debug/bci-cursor target/screenshots/large 1280x720 --text-scale 150 --theme high-contrast
	@sh tests/screenshots-run.sh target/debug/bci-cursor target/screenshots/zh 1920x1080 --language zh --theme dark

# target/debian/bci-cursor_VERSION_ARCH.deb.
deb: deb-needs
	@$(CARGO) build --release
	@rm -rf target/package-files target/debian
	@target/release/bci-cursor install-files target/package-files
	@$(CARGO) deb --no-build

# The package installed into a clean root, and used there.
try-deb: deb
	@command -v mmdebstrap >/dev/null || sh tests/install-needs.sh --always mmdebstrap
	@sh tests/try-deb.sh target/debian/*.deb

deb-needs:
	@sh tests/install-needs.sh $(BUILD_NEEDS) dpkg-shlibdeps:dpkg-dev
	@command -v cargo-deb >/dev/null || $(CARGO) install --locked cargo-deb

# Whose code comes in, and under which licences. (Known vulnerabilities are asked for by the workflow: their list is on the network.)
deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install --locked cargo-deny
	@$(CARGO) deny check licenses bans sources

# What threads hand to each other, under ThreadSanitizer: with it the standard library is built anew, by a nightly compiler.
sanitize:
	@sh tests/install-needs.sh $(BUILD_NEEDS)
	@rustup component list --toolchain nightly 2>/dev/null | grep -q '^rust-src (installed)' || \
		rustup toolchain install nightly --profile minimal --component rust-src
	@RUSTFLAGS=-Zsanitizer=thread $(CARGO) +nightly test -Zbuild-std --target $$(rustc -vV | sed -n 's/host: //p') \
		--target-dir target/sanitize --no-default-features --lib --test threads

# Every reader with bytes that nobody meant, for so many seconds each; with a nightly compiler.
FUZZ_SECONDS ?= 100
fuzz:
	@sh tests/install-needs.sh $(BUILD_NEEDS)
	@command -v cargo-fuzz >/dev/null || $(CARGO) install --locked cargo-fuzz
	@$(CARGO) build --release
	@sh tests/fuzz/run.sh target/release/bci-cursor $(FUZZ_SECONDS)

# Targets reached by simulated users with the EEG of twelve people: all figures of it, forty minutes.
closed-loop: demo-needs
	@$(CARGO) build --release
	@sh tests/closed-loop.sh target/release/bci-cursor "$${BCI_CURSOR_EEG_DIR:-../shared/eeg}"

# Hours of stream time with faults: a day as fast as it goes, and an hour as long as it takes.
endurance: demo-needs
	@BCI_CURSOR_ENDURANCE_HOURS=24 $(CARGO) test --test end_to_end endurance:: -- --nocapture
	@$(CARGO) build --release
	@sh tests/endurance.sh target/release/bci-cursor 60

# A day of every kind of noise, with a starter and with a fitted gate: how often it resumes a paused pointer. Half an hour.
standby: demo-needs
	@BCI_CURSOR_STANDBY_HOURS=24 nice $(CARGO) test --test end_to_end standby::noise_does_not -- --nocapture --test-threads 1

screenshots-needs:
	@sh tests/install-needs.sh $(DEMO_NEEDS) $(WINDOW_NEEDS) openbox:openbox import:imagemagick xdotool:xdotool
	@fc-list :lang=zh 2>/dev/null | grep -q . || sh tests/install-needs.sh --always fontconfig fonts-noto-cjk

# The window is measured in a real display.
bench-needs: test-needs

instructions-needs:
	@sh tests/install-needs.sh $(BUILD_NEEDS) $(WINDOW_NEEDS) valgrind:valgrind

footprint-needs:
	@sh tests/install-needs.sh $(DEMO_NEEDS) time:time

demo-needs:
	@sh tests/install-needs.sh $(DEMO_NEEDS)

demo-desktop-needs:
	@sh tests/install-needs.sh $(DEMO_NEEDS) $(WINDOW_NEEDS) $(DESKTOP_NEEDS) import:imagemagick convert:imagemagick Xephyr:xserver-xephyr

test-needs:
	@sh tests/install-needs.sh $(TEST_NEEDS)

venv: $(VENV)/ready

# Foreign LSL programs for the tests: pylsl brings its own liblsl.
$(VENV)/ready: tests/peers/requirements.txt
	@python3 -c 'import ensurepip' 2>/dev/null || sh tests/install-needs.sh --always python3-venv
	@echo '+ python3 -m venv $(VENV)'
	@python3 -m venv '$(VENV)'
	@'$(VENV)/bin/pip' install --quiet --disable-pip-version-check -r tests/peers/requirements.txt
	@touch '$@'
