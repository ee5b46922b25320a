// Nothing of its own: what tests/CMakeLists.txt lists is compiled with it, once.
