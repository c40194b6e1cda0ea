// Asio, compiled once: BOOST_ASIO_SEPARATE_COMPILATION is defined where hawser's own targets are.
#include <boost/asio/impl/src.hpp>
