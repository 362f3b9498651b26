# Serves what a line of the shell says of some data, asked anew each time: /data says it, and anything else that it serves.
import http.server, subprocess, sys

class Data(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = subprocess.run(['bash', '-c', sys.argv[1] if self.path == '/data' else 'echo serves'], capture_output=True)
        self.send_response(200 if asked.returncode == 0 else 503)
        self.end_headers()
        self.wfile.write(asked.stdout)

    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(('127.0.0.1', 6690), Data).serve_forever()
