import Foundation
import Synchronization

/// A PostgreSQL server of its own, thrown away when this process ends, however it ends.
///
/// A shell beside it waits for the end of a pipe that this process holds; then it stops the server and deletes all.
package final class TestCluster: Sendable {
    package let port: Int
    /// Reached by the server's user, deleted at the end.
    package let directory: String
    private let keeper: Process
    private let input: Pipe
    private let output: Pipe
    private let orders = Mutex(())

    /// The one that most tests share, each with a database of its own.
    package static let shared = Result { try TestCluster() }

    /// - Parameters:
    ///   - settings: Lines for postgresql.conf.
    ///   - prepare: Shell lines that run before the start; `$D` is the directory, `$AS` runs a program as the server.
    ///   - source: A running cluster to copy, for a standby.
    package init(
        settings: [String] = ["fsync = off"], prepare: String = "", standbyOf source: TestCluster? = nil
    ) throws {
        let user = getuid() == 0 ? "runuser -u postgres --" : "env"
        port = try Self.freePort()
        directory = "/tmp/sluice-pg-\(getpid())-\(port)"
        let conf =
            ([
                "port = \(port)", "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''",
                "max_connections = 400", "max_wal_senders = 4", "wal_level = replica", "logging_collector = off",
            ] + settings)
            .joined(separator: "\n")
        let make =
            source.map { source in
                "$AS $BIN/pg_basebackup -h 127.0.0.1 -p \(source.port) -U sluice -D $D/data -R -X stream -c fast"
            } ?? "$AS $BIN/initdb -D $D/data -U sluice -A trust -E UTF8 --locale=C --no-sync"
        let script = """
            set -eu
            D=\(directory)
            AS='\(user)'
            BIN=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
            mkdir -p "$D"; chmod 700 "$D"
            if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$D"; fi
            cd "$D"
            trap '' INT TERM HUP
            \(make) >"$D/log.setup" 2>&1
            cat >>"$D/data/postgresql.conf" <<'CONF'
            \(conf)
            CONF
            \(prepare)
            $AS $BIN/pg_ctl -D "$D/data" -l "$D/log" -w start >"$D/log.start" 2>&1
            echo up
            # Orders for pg_ctl, one a line. Foundation waits for whatever inherits its sockets, so a server must not be
            # started by a process of Foundation's own.
            while read -r order; do
                # shellcheck disable=SC2086
                if $AS $BIN/pg_ctl -D "$D/data" -l "$D/log" -w $order >"$D/log.order" 2>&1; then
                    echo ok
                else
                    echo no
                fi
            done
            $AS $BIN/pg_ctl -D "$D/data" -m immediate stop >/dev/null 2>&1 || true
            cd /
            rm -rf "$D"
            """
        keeper = Process()
        keeper.executableURL = URL(fileURLWithPath: "/bin/sh")
        keeper.arguments = ["-c", script]
        input = Pipe()
        output = Pipe()
        keeper.standardInput = input
        keeper.standardOutput = output
        try keeper.run()
        guard output.fileHandleForReading.availableData.starts(with: Data("up".utf8)) else {
            let log = ["log.setup", "log.start", "log"].map {
                (try? String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8)) ?? ""
            }
            try? input.fileHandleForWriting.close()
            throw ClusterError(description: "PostgreSQL did not start (make setup installs it): \(log.joined())")
        }
    }

    package struct ClusterError: Error, CustomStringConvertible { package let description: String }

    deinit {
        try? input.fileHandleForWriting.close()
        keeper.waitUntilExit()
    }

    /// A URL of a database in it.
    package func url(_ database: String, user: String = "sluice", query: String = "") -> String {
        "postgres://\(user)@127.0.0.1:\(port)/\(database)\(query.isEmpty ? "" : "?\(query)")"
    }

    /// Makes a database of a new name.
    package func makeDatabase() throws -> String {
        let name = "t\(Self.number.withLock { $0 += 1; return $0 })"
        try sql("CREATE DATABASE \(name) TEMPLATE template0 STRATEGY file_copy")
        return name
    }

    private static let number = Mutex(0)

    /// Runs SQL with psql; what it prints.
    @discardableResult
    package func sql(_ text: String, on database: String = "postgres") throws -> String {
        try run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url(database), "-c", text])
    }

    /// Runs `pg_ctl` on it, with words such as `-m immediate restart`.
    package func control(_ order: String) throws {
        try orders.withLock { _ in
            try input.fileHandleForWriting.write(contentsOf: Data("\(order)\n".utf8))
            guard output.fileHandleForReading.availableData.starts(with: Data("ok".utf8)) else {
                let log = (try? String(contentsOfFile: "\(directory)/log.order", encoding: .utf8)) ?? ""
                throw ClusterError(description: "pg_ctl \(order): \(log)")
            }
        }
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else {
            throw ClusterError(description: "\(program) \(arguments): \(text)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw -> UInt16 in
                guard bind(socket, raw, length) == 0, getsockname(socket, raw, &length) == 0 else { return 0 }
                return pointer.pointee.sin_port.byteSwapped
            }
        }
        guard port > 0 else { throw ClusterError(description: "no free port") }
        return Int(port)
    }
}
