# SPDX-License-Identifier: GPL-2.0
# The front door. `make bench` measures, `make test` tests; both install what they need (as root or through sudo).
#   make bench [FULL=1] [HOST=auto|emulated|local] [HOST_KERNEL=7.2|patched-6.12|...] [OUT=results] [GUEST_OVERLAY=FOLDER]
#   make test | patches | soak [SOAK_MINUTES=90] | microbench | papers | matrix | sensitivity | ablation [BOOTS=5] [OUT=results] | lab | calibrate | kmod [KDIR=...] | install | clean | distclean
BUILD := build
JOBS := $(shell nproc)
HOST := auto
HOST_KERNEL :=
OUT := results
FULL :=
GUEST_OVERLAY :=
SOAK_MINUTES := 90
BOOTS := 5
KDIR := /lib/modules/$(shell uname -r)/build
DYIELD := $(BUILD)/harness/dyield
CACHE := $(or $(DYIELD_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kvm-dyield)

.DEFAULT_GOAL := help
.PHONY: help bench test patches programs lab calibrate kmod install clean distclean setup-bench setup-test setup-micro root lab-module microbench soak papers matrix sensitivity ablation

help:
	@sed -n '2,4s/^# //p' Makefile

root:
	@[ "$$(id -u)" = 0 ] || { echo "make: needs root (packages, chroot, VMs): sudo make $(MAKECMDGOALS)" >&2; exit 1; }

setup-bench: root
	@scripts/setup bench
setup-test: root
	@scripts/setup test
setup-micro: root
	@scripts/setup micro

programs:
	@scripts/build-programs $(BUILD) $(JOBS)

# The emulated host; its folder is left in $(BUILD)/image.
# Its root and the module are made while the programs compile: the one waits for the network, the other for the cores.
lab: setup-bench
	@$(MAKE) --no-print-directory -j2 programs lab-module
	@scripts/lab/build $(BUILD) "$(GUEST_OVERLAY)" > $(BUILD)/image.new && mv $(BUILD)/image.new $(BUILD)/image

lab-module: root
	@mkdir -p "$(CACHE)" && flock "$(CACHE)/lock" sh -c 'scripts/lab/build-kmod "$$(scripts/lab/build-root)"' > /dev/null

bench: lab
	@HOST_KERNEL=$(HOST_KERNEL) scripts/bench $(BUILD) $(HOST) $(OUT) $(if $(FULL),--full --resume)

# The series of patches/: applied to Debian's sources, checked, built into small kernels, booted in the emulated host.
patches: lab
	@scripts/patches/prove $(BUILD)

calibrate: lab
	@$(DYIELD) lab calibrate --image "$$(cat $(BUILD)/image)"

test: setup-test
	@$(MAKE) --no-print-directory lab
	@tests/run $(BUILD)

# Load, switch, unload and kill for SOAK_MINUTES of wall time, on a kernel that looks for faults.
soak: lab
	@tests/soak $(BUILD) $(SOAK_MINUTES)

# Every policy with native and paravirtual locks: hours, can be broken off and resumed.
papers: lab
	@scripts/bench $(BUILD) $(HOST) $(OUT)/papers --papers --resume

# Every policy in every layout, load, overcommit and lock kind, and on other kernels, and whether adaptive meets its bars: some 14 hours on 2
# cores, can be broken off and resumed. Bars that were not measured are missed; what cannot be measured says so, and the rest is judged.
# A smaller one: options for every part, as MATRIX="--settings no-ple stock adaptive --layouts flat".
MATRIX :=
matrix: lab
	@scripts/matrix $(BUILD) $(HOST) $(OUT) $(BOOTS) $(MATRIX)

# Does the ranking hang on the emulation? The time constants (dilation), the pause filter's window, and both together, which is an exit
# that costs more or less, each over a decade: dilation:window, the first as ever. More than 20 the module's boost_ns does not take.
# Two hours, can be resumed.
SENSITIVITY := 16:3000 2:3000 4:3000 20:3000 16:750 16:12000 2:375 4:750
sensitivity: lab
	@for v in $(SENSITIVITY); do \
		scripts/bench $(BUILD) emulated $(OUT)/sensitivity-$${v%:*}-$${v#*:} --scenario sensitivity --boots $(BOOTS) --resume \
			--lab-dilation $${v%:*} --ple-window $${v#*:} || exit; done

# What each thing that adaptive knows is worth: adaptive without it.
ablation: lab
	@scripts/bench $(BUILD) $(HOST) $(OUT)/ablation --scenario ablation --boots $(BOOTS) --resume

# What a decision costs, beside mainline's scan; OUT/microbench.json is Google Benchmark's.
microbench: setup-micro
	@$(MAKE) --no-print-directory programs
	@mkdir -p $(OUT) && $(BUILD)/tests/decide-bench --benchmark_out=$(OUT)/microbench.json --benchmark_out_format=json

kmod:
	$(MAKE) -C kmod KDIR=$(KDIR)

# On a KVM host: the module where modprobe finds it; the program, its scenarios, man pages and completions in PREFIX.
PREFIX := /usr/local
install: root kmod programs
	install -Dm644 kmod/kvm_dyield.ko $(DESTDIR)/lib/modules/$(shell uname -r)/updates/kvm_dyield.ko
	[ -n "$(DESTDIR)" ] || depmod
	install -Dm755 $(DYIELD) $(DESTDIR)$(PREFIX)/bin/dyield
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/dyield/scenarios scenarios/*.toml
	$(DYIELD) man --folder $(DESTDIR)$(PREFIX)/share/man/man1
	@mkdir -p $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	$(DYIELD) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dyield
	$(DYIELD) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dyield
	$(DYIELD) completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dyield.fish

clean:
	rm -rf $(BUILD)
	$(MAKE) -C kmod clean

# Also the cache: the emulated host's root, images and snapshots.
distclean: clean
	@if [ -d "$(CACHE)" ]; then size=$$(du -sh "$(CACHE)" | cut -f1); rm -rf --one-file-system "$(CACHE)"; echo "freed $$size in $(CACHE)"; else echo "no cache at $(CACHE)"; fi
