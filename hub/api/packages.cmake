# cmake -DNPM=... -DFROM=... -P packages.cmake, in a folder of the build: the packages that the lock file of FROM names, into
# node_modules there.
foreach(file package.json package-lock.json .npmrc)
  file(COPY ${FROM}/${file} DESTINATION .)
endforeach()
execute_process(COMMAND ${NPM} ci --ignore-scripts --no-progress --loglevel=error RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "npm ci failed in ${CMAKE_CURRENT_SOURCE_DIR}. Its packages come from npm's registry: is it reachable from here?"
                      " (npm config get registry)")
endif()
