# Visits over net/http; see drivers/scripted.ts for the lines it reads and prints.
require 'net/http'
require 'openssl'

def visit(host, address, port, path)
  http = Net::HTTP.new(host, port.to_i, nil)
  http.ipaddr = address
  http.use_ssl = true
  http.ca_file = ARGV[0]
  http.verify_mode = OpenSSL::SSL::VERIFY_PEER
  http.open_timeout = http.read_timeout = 15
  http.start { |open| open.get(path).body }
end

$stdin.each_line(chomp: true) do |line|
  id, host, address, port, path = line.split("\t")
  begin
    body = visit(host, address, port, path)
    puts [id, body.include?('mintmark-client-proof') ? 'yes' : 'no', ''].join("\t")
  rescue StandardError => error
    puts [id, 'no', "#{error.class} #{error.message}".split.join(' ')].join("\t")
  end
end
