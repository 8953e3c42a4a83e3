import Testing

@testable import SluiceSandbox

@Suite struct SecretTests {
    @Test func showsNoSecretAnywhere() throws {
        let bench = Bench(flows: [
            SandboxFlow(
                id: "f", isGated: true,
                inputs: [
                    .init("order"), .init("password", isEncrypted: true),
                    .init("key", isEncrypted: true, defaultValue: "geheim-default"),
                ])
        ])
        let inputs = #"{"order": "7", "password": "geheim-1", "sluicePass": "geheim-2"}"#
        let parked = bench.start("f", inputs: inputs)
        bench.answer(bench.question(), .hold(ticket: nil))
        let id = bench.start("f", inputs: inputs)
        bench.answer(bench.question(), .proceed(validForSeconds: 2))
        #expect(bench.state.bodies.count == 1)
        for (path, query) in [
            ("/control/state", [:]), ("/control/bodies", ["key": "password"]), ("/control/flows", [:]),
            ("/control/faults", [:]), ("/control/settings", [:]), ("/oo/rest/v2/executions", [:]),
            ("/oo/rest/v2/executions/\(id)/summary", [:]), ("/oo/rest/v2/executions/\(id)/execution-log", [:]),
            ("/oo/rest/v2/executions/\(parked)/execution-log", [:]), ("/oo/rest/v2/flows/f/inputs", [:]),
        ] as [(String, [String: String])] {
            let reply = bench.send("GET", path, query: query).reply
            #expect(reply.status == 200)
            #expect(!reply.text.contains("geheim"), "\(path)")
        }
        let body = try #require(bench.state.bodies.first)
        #expect(body.inputs["order"] == "7")
        #expect(body.inputs["password"] == SHA256Digest.label(of: "geheim-1"))
    }

    @Test func groupsBodiesByAnInput() {
        let bench = Bench()
        for order in ["1", "2", "1"] { _ = bench.start("plain", inputs: #"{"order": "\#(order)"}"#) }
        _ = bench.start("plain")
        let reply = bench.send("GET", "/control/bodies", query: ["key": "order"]).reply.value
        #expect(reply["count"] == 4)
        #expect(reply["groups"] == ["1": 2, "2": 1])
        #expect(reply["withoutKey"] == 1)
        #expect(bench.send("POST", "/control/reset").reply.status == 200)
        #expect(bench.send("GET", "/control/bodies").reply.value["count"] == 0)
        #expect(bench.start("plain") == "100000005")
    }

    @Test func changesSettingsByPart() {
        let bench = Bench()
        let reply = bench.send("PUT", "/control/settings", #"{"version": "2026.11", "actionTakenCode": 204}"#).reply
        #expect(reply.status == 200)
        #expect(bench.state.settings.version == "2026.11")
        #expect(bench.state.settings.pauseDelayMilliseconds == 200)
        for wrong in [#"{"versoin": "x"}"#, #"{"version": 1}"#, #"{"actionTakenCode": 7}"#, "[]"] {
            #expect(bench.send("PUT", "/control/settings", wrong).reply.status == 400)
        }
    }

    @Test func startsAndPurgesFromInside() {
        let bench = Bench(flows: [SandboxFlow(id: "f", isGated: true)])
        bench.state.settings.hasLaterSummaryMembers = false
        let started = bench.send("POST", "/control/executions", #"{"flow": "f", "runName": "nightly"}"#).reply
        #expect(started.value == ["executionId": "100000001"])
        #expect(bench.summary("100000001")["executionName"] == "nightly")
        #expect(bench.summary("100000001")["cancelReason"] == nil)
        #expect(bench.send("DELETE", "/control/executions/100000001").reply.status == 409)
        bench.answer(bench.question(), .rejected)
        #expect(bench.send("DELETE", "/control/executions/100000001").reply.status == 200)
        #expect(bench.get("/executions") == [])
        #expect(bench.send("POST", "/control/executions", #"{"flow": "g"}"#).reply.status == 400)
        #expect(bench.send("POST", "/control/executions", "{}").reply.status == 400)
    }

    @Test func readsFlows() throws {
        let bench = Bench(flows: [])
        let body = #"{"id": "f", "isGated": true, "inputs": [{"name": "a", "mandatory": true}]}"#
        #expect(bench.send("POST", "/control/flows", body).reply.status == 200)
        #expect(bench.state.flows["f"]?.inputs == [.init("a", isMandatory: true)])
        for wrong in [
            #"[{"id": "f", "gated": true}]"#, #"[{"id": ""}]"#, #"[{"id": "f", "durationMilliseconds": -1}]"#,
        ] {
            #expect(bench.send("POST", "/control/flows", wrong).reply.status == 400)
        }
        #expect(throws: SandboxFlowError.self) { try SandboxFlow.list(fromJSON: Array("[{}]".utf8)) }
    }

    /// The two examples of FIPS 180-4, and one of more than a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func hashesAsSHA256(text: String, digest: String) {
        #expect(SHA256Digest.label(of: text) == "sha256:" + digest)
    }
}
