// SPDX-License-Identifier: GPL-2.0
/// @file
/// The user's own files in a guest: a second archive behind the guest's initramfs, which the kernel unpacks over it.
#pragma once
#include <string>

namespace dyield {

/// Joins an initramfs with an overlay.
/// @param initrd   the guest's initramfs
/// @param overlay  a cpio archive of the form newc, also compressed with gzip, xz or zstd; or a folder, which is packed
///                 as it is: programs need their libraries in it, at a place that leaves the guest's own alone
/// @param folder   where the joined file is made
/// @return the joined file's path  @throws Error
std::string with_overlay(const std::string &initrd, const std::string &overlay, const std::string &folder);

} // namespace dyield
