# SPDX-License-Identifier: Apache-2.0
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain
from conan.tools.files import copy, load, rmdir
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"

# They define ingot::compiled and, where there is a CUDA toolkit, which Conan has no package of,
# ingot::cuda.
MODULES = ("ingot-compiled.cmake", "ingot-cuda.cmake")


class IngotConan(ConanFile):
    name = "ingot"
    description = "Saves and loads the state of a model in PyTorch's files, header-only"
    license = "Apache-2.0"
    topics = ("serialization", "machine-learning", "pytorch", "checkpoint", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True
    exports_sources = "CMakeLists.txt", "cmake/*", "include/*", "LICENSE"

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        self.version = re.search(r"VERSION (\d+\.\d+\.\d+)", text).group(1)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("zlib/[>=1.2.11 <2]")
        self.requires("rapidjson/[>=1.1.0]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "TOOLS", "BENCH"):
            toolchain.cache_variables[f"INGOT_BUILD_{part}"] = False
        toolchain.cache_variables["INGOT_INSTALL_CMAKEDIR"] = "cmake"
        toolchain.user_presets_path = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        # Conan generates a configuration of its own, from package_info().
        rmdir(self, os.path.join(self.package_folder, "cmake"))
        for name in MODULES:
            copy(self, name, os.path.join(self.source_folder, "cmake"),
                 os.path.join(self.package_folder, "cmake"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "ingot")
        self.cpp_info.set_property("cmake_target_name", "ingot::ingot")
        self.cpp_info.set_property("cmake_build_modules",
                                   [os.path.join("cmake", name) for name in MODULES])
