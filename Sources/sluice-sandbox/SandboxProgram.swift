import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import SluiceSandbox
import UnixSignals

/// `sluice-sandbox`: a made-up OO Central on this machine, for trying Sluice without a real one.
@main struct SandboxProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-sandbox",
        abstract: "A stand-in for OO Central: starts, lists, pauses and cancels made-up flows over its REST API.",
        discussion: """
            Flows come from a JSON file (a list) or are added while it runs (POST /control/flows). A flow with \
            "isGated": true asks the gate first, as a real gated flow does. Faults are set by POST /control/faults; \
            GET /control/bodies says which flows really did their work, and how often. See docs/sandbox.md.

            Example:
              echo '[{"id": "f1", "durationMilliseconds": 2000}]' > flows.json
              sluice-sandbox --port 8050 --flows flows.json
              curl -u sandbox:sandbox -d '{"flowUuid": "f1"}' \\
                http://127.0.0.1:8050/oo/rest/v2/executions
            """)

    @Option(help: "Address to listen on; when it is not loopback, /control asks for the account too.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes a free one.")
    var port = 8050

    @Option(help: "JSON file with the list of flows.")
    var flows: String?

    @Option(help: "Sluice's address, such as http://127.0.0.1:8470; without it gated flows find no gate.")
    var gateURL: String?

    @Option(help: "File with the token that gate steps show.")
    var gateTokenFile: String?

    @Option(help: "User of the one account.")
    var user = "sandbox"

    @Option(help: "File with that account's password; the default password is 'sandbox'.")
    var passwordFile: String?

    @Option(help: "File to load at start and to write on a clean stop (holds input values in clear).")
    var state: String?

    @Option(help: "Text that GET /version answers.")
    var ooVersion: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535, not \(port)") }
        guard gateTokenFile == nil || gateURL != nil else {
            throw ValidationError("--gate-token-file needs --gate-url")
        }
    }

    func run() async throws {
        var configuration = SandboxConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.user = user
        configuration.stateFile = state
        configuration.controlNeedsLogin = !SandboxConfiguration.isLoopback(host)
        if let ooVersion { configuration.settings.version = ooVersion }
        if let passwordFile { configuration.password = try secret(in: passwordFile) }
        if let gateURL {
            let credentials = try gateTokenFile.map { SandboxConfiguration.Gate.Credentials.bearer(try secret(in: $0)) }
            configuration.gate = SandboxConfiguration.Gate(url: gateURL, credentials: credentials ?? .none)
        }
        if let flows {
            do {
                configuration.flows = try SandboxFlow.list(fromJSON: try Data(contentsOf: URL(filePath: flows)))
            } catch {
                throw ValidationError("--flows \(flows): \(error)")
            }
        }

        let server = SandboxServer(configuration: configuration)
        let services = ServiceGroup(
            configuration: .init(
                services: [server, AddressPrinter(server: server)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "sluice.sandbox")))
        try await services.run()
    }

    private func secret(in file: String) throws -> String {
        do {
            let text = String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        } catch {
            throw ValidationError("cannot read \(file)")
        }
    }
}

/// Prints the address once it is known, then waits for the end.
private struct AddressPrinter: Service {
    let server: SandboxServer

    func run() async throws {
        // A server that could not start says why itself.
        if let url = try? await server.centralURL {
            print("Sandbox Central: \(url)   control: \(url.dropLast("/oo".count))/control/state")
            // Without a terminal the line would stay in the buffer until the end.
            fflush(nil)
        }
        try? await gracefulShutdown()
    }
}
