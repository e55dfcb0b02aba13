# One visit over net/http with the roots Ruby has by itself: host, address, port, path.
require 'net/http'

host, address, port, path = ARGV
http = Net::HTTP.new(host, port.to_i, nil)
http.ipaddr = address
http.use_ssl = true
http.open_timeout = http.read_timeout = 15
puts http.start { |open| open.get(path).body }
