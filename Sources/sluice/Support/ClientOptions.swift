import ArgumentParser
import FoundationEssentials
import NIOCore
import SluiceConfig
import SluiceModel

/// Options of every command that prints something.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON to stdout, and errors as a problem document (RFC 9457) to stderr.")
    var json = false

    var console: Console { Console(isJSON: json) }
}

/// Options of every command that talks to a server.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where Sluice is.", discussion: "Default: SLUICE_SERVER, else --config, else \(ServerAddress.standard).",
            valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "The configuration of a server on this machine: its address and token file are used.",
            discussion: "Default: SLUICE_CONFIG. Without it, or beside --server, the token is that of the environment. "
                + "schedule forecast and quiet of files take from it what a server takes: flows, policies, zone, "
                + "unsafe schedules, allow rules, rate and ceiling; for them it has no default.",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: ArgumentHelp("How long an answer may take, such as 30s or 2m.", valueName: "time"))
    var timeout = TimeSpan.standardTimeout

    /// Runs with a client, and shuts it down whatever happens.
    func withClient<Result>(
        _ console: Console, asking role: ServerRole = .operator, silenceMax: TimeAmount? = nil,
        _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        let place = try ServerPlace(
            server: server, config: config, role: role, environment: ProcessInfo.processInfo.environment)
        let client = APIClient(address: place.address, token: place.token, silenceMax: silenceMax)
        if client.sendsTokenInClear {
            console.warn("the token travels unencrypted to \(client.address); use an https address")
        }
        do {
            let result = try await body(client)
            await client.shutDown()
            return result
        } catch {
            await client.shutDown()
            throw error
        }
    }
}

extension TimeSpan {
    /// How long an answer may take unless told otherwise.
    static let standardTimeout = TimeSpan(argument: "30s")!
}

/// Whose token of a local server's configuration a command uses.
enum ServerRole: Sendable {
    case gate
    case `operator`
}

/// A server and the token for it, from the command line, the environment and a local server's configuration.
struct ServerPlace {
    let address: ServerAddress
    let token: Secret?

    init(server: String?, config: String?, role: ServerRole, environment: [String: String]) throws {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let fromEnvironment = try Token.read(environment)
        if let text = server ?? variable("SLUICE_SERVER") {
            address = try Self.address(text, named: server == nil ? "SLUICE_SERVER" : "--server")
            token = fromEnvironment
        } else if let file = config ?? variable("SLUICE_CONFIG") {
            let configuration = try Self.configuration(file, environment)
            address = try Self.address(configuration.listen, file)
            token = try fromEnvironment ?? Self.token(configuration.auth, role)
        } else {
            address = try Self.address(ServerAddress.standard, named: "--server")
            token = fromEnvironment
        }
    }

    private static func address(_ text: String, named name: String) throws -> ServerAddress {
        do throws(ServerAddress.Fault) {
            return try ServerAddress(text)
        } catch .credentials {
            throw CommandFailure(
                .usage, "\(name) has credentials in the address",
                advice: "put the token into SLUICE_TOKEN_FILE or SLUICE_TOKEN and leave it out of the address")
        } catch {
            throw CommandFailure(
                .usage, "\(name): '\(text.printable)' is not an http or https address",
                advice: "write it as \(ServerAddress.standard) or https://sluice.example.org")
        }
    }

    private static func configuration(
        _ file: String, _ environment: [String: String]
    ) throws -> SluiceConfiguration {
        let (configuration, diagnostics) = SluiceConfiguration.load(file: file, environment: environment)
        guard let error = diagnostics.first(where: { $0.severity == .error }) else { return configuration }
        throw CommandFailure(
            .usage, "--config: \(error.description.printable)", advice: "mend it, or use --server and SLUICE_TOKEN_FILE"
        )
    }

    /// Where this machine reaches a server that listens there.
    private static func address(_ listen: SluiceConfiguration.ListenAddress, _ file: String) throws -> ServerAddress {
        var listen = listen
        if listen.host == "0.0.0.0" { listen.host = "127.0.0.1" }
        if listen.host == "::" { listen.host = "::1" }
        guard listen.port != 0 else {
            throw CommandFailure(
                .usage, "--config: listen in \(file.printable) names no port", advice: "use --server")
        }
        return try address("http://\(listen)", named: "--config")
    }

    private static func token(_ auth: SluiceConfiguration.Auth, _ role: ServerRole) throws -> Secret? {
        guard !auth.insecureLoopback else { return nil }
        switch role {
        case .gate: return try Token.read(file: auth.gateTokenFile, named: "auth.gateTokenFile")
        case .operator: return try Token.read(file: auth.operatorTokenFile, named: "auth.operatorTokenFile")
        }
    }
}
