import ArgumentParser
import Logging
import SluiceScenarios

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `sluice demo`: the whole way, once, on this machine.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Play a small maintenance: service, sandbox of OO Central, 200 launches held and released.",
        discussion: """
            Starts the service on embedded SQLite and a sandbox of Central, reads a content pack and a Quartz file of \
            its own, closes the gate, lets launches of all sources come in, opens it, and counts in Central that each \
            ran exactly once. Exit code 0 only if that is so.

            Example:
              sluice demo --keep --port 8470
            """)

    @Flag(help: "Leave service and sandbox running afterwards, until Ctrl-C.")
    var keep = false

    @Option(help: "Port of the service on 127.0.0.1; 0 is any free one.")
    var port = 0

    @Option(help: "Folder for its files; a new one under /tmp by default.")
    var folder: String?

    @Flag(help: "Show the service's own log as well.")
    var verbose = false

    func run() async throws {
        LoggingSystem.bootstrap { [verbose] label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = verbose ? .info : .error
            return handler
        }
        let place = folder ?? "/tmp/sluice-demo-\(UUID().uuidString.prefix(8))"
        let demo = Demo(folder: place, port: port, isKept: keep, logger: Logger(label: "sluice.demo")) { line in
            Console(isJSON: false).print(line)
        }
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: place) } }
        do {
            if !(try await demo.run()) {
                throw CommandFailure(.failed, "not every held launch was launched exactly once")
            }
        } catch let error as ServiceError {
            throw CommandFailure(.failed, error.description)
        } catch is CancellationError {
            throw CommandFailure(.failed, "the demo was stopped before its end")
        }
    }
}
