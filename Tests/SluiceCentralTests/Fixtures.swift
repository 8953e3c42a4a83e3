import SluiceCentral
import SluiceModel
import SluicePorts

/// How long tests wait for what never comes; long enough that on a busy machine the request has left by then.
let patience = Duration.seconds(5)

/// Runs a body with a client of a port, and shuts it down.
func withClient<Result>(
    port: Int, dialect: CentralConfiguration.Dialect = .v2, path: String = "/oo", timeout: Duration = .seconds(20),
    adjust: (inout CentralConfiguration) -> Void = { _ in }, _ body: (RESTCentralClient) async throws -> Result
) async throws -> Result {
    var configuration = CentralConfiguration(
        baseURL: "http://127.0.0.1:\(port)\(path)", username: "svc-sluice", password: Secret("s3cr3t-pässword"),
        dialect: dialect)
    configuration.totalTimeout = timeout
    configuration.retryDelays = [.zero, .zero]
    adjust(&configuration)
    let client = RESTCentralClient(configuration)
    do {
        let result = try await body(client)
        try await client.shutdown()
        return result
    } catch {
        try await client.shutdown()
        throw error
    }
}

extension LaunchOrder {
    static let fixture = LaunchOrder(
        ticket: Ticket(ULID(high: 1, low: 1)), attempt: 1, flow: FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"),
        runName: "nightly [h_1.1]", logLevel: "STANDARD", inputPromptUseBlank: true,
        inputs: [
            LaunchInput(name: "host", value: .clear("db1\n\"é\"")),
            LaunchInput(name: "password", value: .secret(Secret("hunter2-hunter2"))),
        ])
}

extension LaunchOutcome {
    /// Its case, without the payload.
    var kind: String {
        switch self {
        case .started(let id): "started \(id)"
        case .notSent: "notSent"
        case .refused: "refused"
        case .refusedForNow: "refusedForNow"
        case .unknown: "unknown"
        }
    }

    var cause: String {
        switch self {
        case .started: ""
        case .notSent(let cause), .refused(let cause), .refusedForNow(let cause), .unknown(let cause): cause
        }
    }
}
