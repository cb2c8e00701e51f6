// SPDX-License-Identifier: GPL-2.0
/// @file
/// Files that are either old or new, never half.
#pragma once
#include <filesystem>
#include <string_view>

namespace dyield {

/// Makes `path` hold exactly `text`: writes a temporary file beside it, forces it to disk and renames it, so
/// that a full disk or an interrupted program leaves what was there before. The file's mode is 0644 less the
/// umask. Throws std::system_error, whose text names the file and the cause.
void write_atomically(const std::filesystem::path &path, std::string_view text);

} // namespace dyield
