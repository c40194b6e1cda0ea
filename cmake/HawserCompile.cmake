# How every target of the project is compiled: warnings, sanitizers, hardening.

set(HAWSER_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Wundef)

# What nearly every file of the project includes.
set(HAWSER_COMMON_HEADERS <algorithm> <array> <chrono> <expected> <functional> <memory> <optional>
    <span> <string> <unordered_map> <variant> <vector>)
set(HAWSER_ASIO_HEADERS <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp>
    <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/posix/stream_descriptor.hpp>
    <boost/asio/steady_timer.hpp>)

# hawser_compile(TARGET): the project's own compile options, never seen by consumers.
function(hawser_compile target)
    # Designated initialisers leave members at their defaults on purpose.
    target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:CXX>:${HAWSER_WARNINGS};-Wno-missing-field-initializers>")
    # Asio's own code is compiled once, in src/endpoint/asio.cpp. Consumers may do as they like.
    target_compile_definitions(${target} PRIVATE BOOST_ASIO_SEPARATE_COMPILATION)
    if(HAWSER_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # What sanitizers add between a value's check and its use makes g++ see ghosts.
        target_compile_options(${target} PRIVATE
            $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>)
    endif()
    if(HAWSER_DEVELOPER)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
    endif()
    if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT HAWSER_SANITIZE)
        target_compile_options(${target} PRIVATE -fstack-protector-strong)
        target_compile_definitions(${target} PRIVATE _FORTIFY_SOURCE=2)
    endif()
endfunction()

# hawser_precompile(TARGET HEADER...): parses once what most files of the target include. What a file
# forgets to include shows where this is off: in the presets tidy and fuzz.
function(hawser_precompile target)
    if(NOT HAWSER_PRECOMPILE)
        return()
    endif()
    target_precompile_headers(${target} PRIVATE ${ARGN})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
endfunction()

if(HAWSER_SANITIZE)
    add_compile_definitions(HAWSER_CHECKS) # HAWSER_COSTLY_ASSERT
    add_compile_options(-fsanitize=${HAWSER_SANITIZE} -fno-omit-frame-pointer)
    if(HAWSER_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
    if(HAWSER_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-tsan) # Asio's fences; its queues are behind mutexes as well
    endif()
    string(REPLACE "fuzzer-no-link" "" _link "${HAWSER_SANITIZE}")
    string(REGEX REPLACE ",+$" "" _link "${_link}")
    add_link_options(-fsanitize=${_link})
endif()
if(HAWSER_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
