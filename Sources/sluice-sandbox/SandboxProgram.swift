import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import SluiceSandbox
import UnixSignals

/// `sluice-sandbox`: a made-up OO Central, and CSA if asked, on this machine, for trying Sluice without real ones.
@main struct SandboxProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-sandbox",
        abstract: "A stand-in for OO Central, and for CSA with --csa-port, over their REST APIs.",
        discussion: """
            Flows come from a JSON file (a list) or are added while it runs (POST /control/flows). A flow with \
            "isGated": true asks the gate first, as a real gated flow does. Faults are set by POST /control/faults; \
            GET /control/bodies says which flows really did their work, and how often. See docs/sandbox.md.

            With --csa-port a CSA listens too. Its organisations, policies, offerings and pools come from a JSON \
            file or POST /control/seed on that port; orders launch flows in OO (--csa-oo-url, default this \
            Central), and flows with "callsBack": true report their end to CSA.

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

    @Option(help: "File to load at start and to keep every change in, for a restart (holds input values in clear).")
    var state: String?

    @Option(help: "Text that GET /version answers.")
    var ooVersion: String?

    @Option(help: "Port of the CSA stand-in; 0 takes a free one, without it there is no CSA.")
    var csaPort: Int?

    @Option(help: "JSON file with what the CSA is filled with.")
    var csaSeed: String?

    @Option(help: "As --state, of the CSA.")
    var csaState: String?

    @Option(
        name: .customLong("csa-oo-url"),
        help: "Where the CSA starts flows, such as Sluice's http://127.0.0.1:8470/oo; default this Central.")
    var csaOOURL: String?

    @Option(help: "File with the password of all the CSA's accounts; the default password is 'sandbox'.")
    var csaPasswordFile: String?

    func validate() throws {
        guard (0...65_535).contains(csaPort ?? 0) else { throw ValidationError("--csa-port must be 0 to 65535") }
        let others = [csaSeed, csaState, csaOOURL, csaPasswordFile]
        guard csaPort != nil || others.allSatisfy({ $0 == nil }) else {
            throw ValidationError("the other --csa options need --csa-port")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535, not \(port)") }
        guard gateTokenFile == nil || gateURL != nil else {
            throw ValidationError("--gate-token-file needs --gate-url")
        }
        for (option, url) in [("--gate-url", gateURL), ("--csa-oo-url", csaOOURL)] {
            guard let url else { continue }
            let target = URL(string: url)
            guard ["http", "https"].contains(target?.scheme?.lowercased() ?? ""), target?.host()?.isEmpty == false
            else {
                throw ValidationError("\(option) must be an http or https address, not \(url)")
            }
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
            let bytes = try contents(of: flows)
            do {
                configuration.flows = try SandboxFlow.list(fromJSON: bytes)
            } catch {
                throw ValidationError("--flows \(flows): \(error)")
            }
        }

        let csa = try csaServer(&configuration)
        let server = SandboxServer(configuration: configuration)
        let printer = AddressPrinter(server: server, csa: csa, findsOO: csaOOURL == nil)
        let all: [any Service] = [server] + (csa.map { [$0] } ?? []) + [printer]
        let services = ServiceGroup(
            configuration: .init(
                services: all, gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "sluice.sandbox")))
        try await services.run()
    }

    /// Nil without `--csa-port`; else Central's flows report to it.
    private func csaServer(_ central: inout SandboxConfiguration) throws -> CSAServer? {
        guard let csaPort else { return nil }
        var configuration = CSAConfiguration()
        configuration.host = host
        configuration.port = csaPort
        configuration.stateFile = csaState
        configuration.controlNeedsLogin = central.controlNeedsLogin
        configuration.ooAccount = .init(user: central.user, password: central.password)
        if let csaOOURL { configuration.settings.ooURL = csaOOURL }
        var password = "sandbox"
        if let csaPasswordFile {
            password = try secret(in: csaPasswordFile)
            for index in configuration.accounts.indices { configuration.accounts[index].password = password }
        }
        if let csaSeed {
            let bytes = try contents(of: csaSeed)
            do {
                configuration.seed = try CSASeed.read(fromJSON: bytes)
            } catch {
                throw ValidationError("--csa-seed \(csaSeed): \(error)")
            }
        }
        central.csa = .init(url: "", password: password)
        do {
            return try CSAServer(configuration: configuration)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func secret(in file: String) throws -> String {
        let text = String(decoding: try contents(of: file), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    private func contents(of file: String) throws -> Data {
        guard let data = try? Data(contentsOf: URL(filePath: file)) else {
            throw ValidationError("cannot read \(file): check its path and rights")
        }
        return data
    }
}

/// Prints the addresses once they are known, tells the two of each other, then waits for the end.
private struct AddressPrinter: Service {
    let server: SandboxServer
    let csa: CSAServer?
    /// Whether CSA's flows are this Central's.
    let findsOO: Bool

    func run() async throws {
        // A server that could not start says why itself.
        if let url = try? await server.centralURL {
            print("Sandbox Central: \(url)   control: \(url.dropLast("/oo".count))/control/state")
            if let csa, let csaURL = try? await csa.csaURL {
                server.setCSA(url: csaURL)
                if findsOO { csa.settings.ooURL = url }
                print("Sandbox CSA: \(csaURL)   control: \(csaURL.dropLast("/csa".count))/control/state")
            }
            // Without a terminal the line would stay in the buffer until the end.
            fflush(nil)
        }
        try? await gracefulShutdown()
    }
}
