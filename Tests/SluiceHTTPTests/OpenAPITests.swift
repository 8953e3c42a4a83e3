import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts
import SluiceSealing
import SluiceTestKit
import Testing
import Yams

@testable import SluiceHTTP

/// `docs/openapi.yaml` and the router are the same routes, and the document's examples are what it says.
@Suite(.timeLimit(.minutes(10)))
struct OpenAPITests {
    @Test func describesExactlyTheRoutesThereAre() async throws {
        try await Bench.run { bench in
            let document = try OpenAPIDocument.load()
            let served = Set(
                bench.server.router().routes.map { route in
                    let steps = route.path.description.split(separator: "/").map {
                        $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0)
                    }
                    return "\(route.method.rawValue) /\(steps.joined(separator: "/"))"
                })
            let described = Set(document.operations.map { "\($0.method) \($0.path)" })
            #expect(described.subtracting(served) == [], "described, but not served")
            #expect(served.subtracting(described) == [], "served, but not described")
            #expect(served.count == 73)
        }
    }

    @Test func givesExamplesThatMatchTheirSchemas() throws {
        let document = try OpenAPIDocument.load()
        var count = 0
        for operation in document.operations {
            for (place, content) in document.contents(of: operation) {
                for (name, example) in document.examples(of: content) {
                    count += 1
                    let faults = document.faults(of: example, content["schema"])
                    #expect(faults == [], "\(operation.method) \(operation.path) \(place) \(name)")
                }
            }
        }
        #expect(count >= 25)
    }

    @Test func seesAWrongExample() throws {
        let document = try OpenAPIDocument.load()
        let schema: Any = ["$ref": "#/components/schemas/Answer"]
        #expect(document.faults(of: ["decision": "maybe", "reason": [:], "epoch": "x", "more": 1], schema).count >= 4)
    }

    @Test("what the server answers is what the document says")
    func answersAsDescribed() async throws {
        try await Bench.run { bench in
            let document = try OpenAPIDocument.load()
            var answers: [(String, String, Reply)] = []
            func note(_ method: String, _ path: String, _ reply: Reply) { answers.append((method, path, reply)) }
            note("POST", "/v1/launches", try await bench.client.ask())
            note("POST", "/v1/launches", try await bench.client.ask(["what": 1]))
            note("PUT", "/v1/gate", try await bench.set("hold"))
            note("PUT", "/v1/gate", try await bench.set("refuse", scope: "source:ui"))
            note("GET", "/v1/gate", try await bench.client.send(.get, "/v1/gate"))
            let held = try await bench.client.ask(["askId": "a", "inputs": ["password": "x", "host": "y"]])
            note("POST", "/v1/launches", held)
            note("POST", "/v1/launches", try await bench.client.ask(["source": "ui"]))
            let ticket = try #require(held["ticket"]?.string)
            note("GET", "/v1/holds/{ticket}", try await bench.client.send(.get, "/v1/holds/\(ticket)"))
            note("GET", "/v1/holds/{ticket}", try await bench.client.send(.get, "/v1/holds/none"))
            note("GET", "/v1/holds", try await bench.client.send(.get, "/v1/holds", as: .viewer))
            note("GET", "/v1/holds", try await bench.client.send(.get, "/v1/holds"))
            for move in ["retry", "release", "discard"] {
                note(
                    "POST", "/v1/holds/{ticket}/\(move)",
                    try await bench.client.send(
                        .post, "/v1/holds/\(ticket)/\(move)", as: .operator, body: ["reason": "r"]))
            }
            note(
                "POST", "/v1/launches/fallback",
                try await bench.client.send(
                    .post, "/v1/launches/fallback",
                    body: [
                        "flow": "f", "source": "scheduler", "idempotencyKey": "k", "startedAt": "2026-12-01T22:00:05Z",
                    ]))
            note(
                "POST", "/v1/launches/{executionId}/ended",
                try await bench.client.send(.post, "/v1/launches/7/ended", body: ["result": "resolved"]))
            let pack = TestPack()
            note("GET", "/v1/packs/{name}", try await bench.client.send(.get, "/v1/packs/Pack", as: .viewer))
            for reply in [
                try await bench.put(pack), try await bench.put(pack), try await bench.put(TestPack(version: nil)),
                try await bench.put(pack, at: "Other"), try await bench.put(TestPack(name: nil), at: "Pack"),
                try await bench.put(pack, as: .viewer),
                try await bench.client.send(.put, "/v1/packs/Pack", as: .operator, text: "pack"),
            ] {
                note("PUT", "/v1/packs/{name}", reply)
            }
            note("GET", "/v1/packs", try await bench.client.send(.get, "/v1/packs", as: .viewer))
            note("GET", "/v1/packs", try await bench.client.send(.get, "/v1/packs"))
            note("GET", "/v1/packs/{name}", try await bench.client.send(.get, "/v1/packs/Pack", as: .viewer))
            note("POST", "/v1/launches", try await bench.client.ask(["source": "csa"]))
            note("GET", "/v1/holds", try await bench.client.send(.get, "/v1/holds", as: .viewer))
            for path in ["/livez", "/readyz", "/metrics"] {
                note("GET", path, try await bench.client.send(.get, path, as: nil))
            }
            for (method, path, reply) in answers {
                let faults = document.faults(of: reply, method, path)
                #expect(faults == [], "\(method) \(path): \(reply)")
            }
        }
    }
}
