// SPDX-License-Identifier: GPL-2.0
/// @file
/// PAUSE as the loads execute it.
#pragma once

namespace dyield::guest {

/// One PAUSE, at the same address from wherever it is called: GCC 13 and newer unroll small loops, and the emulated pause
/// filter takes a PAUSE at another address for the end of a spin.
[[gnu::noinline]] inline void pause_once()
{
	asm volatile("pause");
}

} // namespace dyield::guest
