// SPDX-License-Identifier: Apache-2.0
// What most of these files include, compiled once for all. No adapter from storage/ but a tensor's:
// some of them must miss one.
#pragma once

#include <ingot/model/slots.hpp>
#include <ingot/storage/tensor.hpp>
