import Foundation
import SluiceContent
import SluiceModel
import Testing

/// What of a flow's inputs reaches the hold: all but secrets, whatever is in them.
@Suite struct GatingInputsTests {
    private func gated(_ inputs: String, _ plan: (FlowDocument) -> GatePlan) -> FlowGating.Outcome {
        FlowGating().gate(
            Array(GatingFixtures.flow(inputs: inputs).utf8), path: "Content/Library/x.xml", file: "f", plan: plan)
    }

    private func text(_ outcome: FlowGating.Outcome) throws -> String {
        guard case .gated(let bytes, _) = outcome else {
            Issue.record("not gated: \(outcome)")
            throw CancellationError()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The encoder's script, as an XML parser gives it.
    private func script(_ text: String) throws -> String {
        let from = try #require(text.range(of: "<script>"))
        let to = try #require(text.range(of: "</script>"))
        return text[from.upperBound..<to.lowerBound].replacingOccurrences(of: "&lt;", with: "<")
            .replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&amp;", with: "&")
    }

    /// What an input may hold; GatedInputsTests runs gated flows with the like.
    static let values: [String] = [
        "db1", "", " spaced ", #"say "hello" and 'bye'"#, #"C:\new\table"#, "one\ntwo\r\nthree\ttab",
        "\u{0}\u{1}\u{1F}\u{7F}",
        "Grüße, 你好, \u{1F600}, \u{2028}\u{2029}", "</script>]]>&amp;<a/>", "${host}", "{\"a\": [1]}",
        String(repeating: "x\"\\\n\u{20AC}", count: 13_108),
    ]

    @Test func neverSendsASecretUnlessToldTo() throws {
        let inputs = GatingFixtures.inputs(
            GatingFixtures.input("host"), GatingFixtures.input("password", type: "ENCRYPTED"))
        let waiting = try text(gated(inputs) { .proposed(for: $0, isCalled: false) })
        #expect(waiting.contains("<value>wait</value>"))
        #expect(try script(waiting).contains("\"host\"") && !script(waiting).contains("password"))
        #expect(!waiting.contains("sensitiveInputs"))

        let sending = try text(gated(inputs) { .proposed(for: $0, isCalled: false, secrets: .send) })
        #expect(sending.contains("<value>end</value>"))
        #expect(try script(sending).contains("member(\"password\", \"password\");"))
        #expect(sending.contains("<value>[\"password\"]</value>"))
        // What carries them is encrypted.
        let read = FlowDocumentReader().read(bytes: Array(sending.utf8), path: "", file: "f")
        let carrier = read.document?.gateStep?.bindings.first { $0.name == "encodedInputs" }
        #expect(carrier?.isSecret == true && carrier?.fromVariable == "sluiceInputs")

        for plan in [
            GatePlan(onHold: .end, reason: "by hand"), GatePlan(onHold: .wait, reason: "by hand", secrets: .refuse),
        ] {
            guard case .refused(let why) = gated(inputs, { _ in plan }) else {
                Issue.record("not refused")
                continue
            }
            #expect(why.code == "pack-gate-secret" && why.message.contains("password"))
        }
    }

    @Test func leavesOutSecretsThatThePackBinds() throws {
        let inputs = GatingFixtures.inputs(
            GatingFixtures.input("host"),
            GatingFixtures.input("password", type: "ENCRYPTED", value: "{OBFUSCATED}c2VjcmV0"))
        // Central resolves it again: the run may end, and nothing of it travels.
        let result = try text(gated(inputs) { .proposed(for: $0, isCalled: false) })
        #expect(result.contains("<value>end</value>"))
        #expect(try !script(result).contains("password"))
        #expect(result.components(separatedBy: "c2VjcmV0").count == 2)
    }

    @Test func needsNoEncoderWithoutInputs() throws {
        let result = try text(gated("<inputs/>") { .proposed(for: $0, isCalled: false) })
        #expect(!result.contains("<script>") && result.contains("<value>{}</value>"))
        // An input that no flow variable keeps cannot be read by any step, nor by the encoder.
        let unread = try text(
            gated(GatingFixtures.inputs(GatingFixtures.input("lost", kept: false))) {
                .proposed(for: $0, isCalled: false)
            })
        #expect(!unread.contains("<script>"))
    }

    @Test(arguments: [
        ("CSA_CONTEXT_ID", "Content/Library/x.xml", GatePlan.OnHold.wait), ("host", "Content/Library/CSA/x.xml", .wait),
        ("host", "Content/Library/CSA Content Pack/x.xml", .wait), ("host", "Content/Library/Csatlakozas/x.xml", .end),
        ("host", "Content/Library/x.xml", .end),
    ])
    func proposesWaitWhereSomebodyWaits(input: String, path: String, expected: GatePlan.OnHold) throws {
        var flow = FlowDocument(id: "x", name: "x", path: path, kind: .flow)
        flow.inputs = [FlowBinding(name: input, kind: "userInputBinding", toVariable: input)]
        let plan = GatePlan.proposed(for: flow, isCalled: false)
        #expect(plan.onHold == expected && !plan.reason.isEmpty)
    }

    @Test func proposesWaitWhereAnInputCannotBeHandedOver() {
        var flow = FlowDocument(id: "x", name: "x", path: "Content/Library/x.xml", kind: .flow)
        flow.inputs = [FlowBinding(name: "lost", kind: "userInputBinding")]
        let plan = GatePlan.proposed(for: flow, isCalled: false)
        #expect(plan.onHold == .wait && plan.reason.contains("lost"), "\(plan)")
        // What the pack itself gives, Central gives again.
        flow.inputs = [FlowBinding(name: "own", kind: "staticBinding", value: FlowValue("x"))]
        #expect(GatePlan.proposed(for: flow, isCalled: false).onHold == .end)
    }

    @Test func passesKeysOn() throws {
        let result = try text(
            gated("<inputs/>") { _ in
                GatePlan(
                    onHold: .end, reason: "by hand", orderingKey: "sub:${SUBSCRIPTION_ID}", coalesceKey: "pool:${P}")
            })
        let read = FlowDocumentReader().read(bytes: Array(result.utf8), path: "", file: "f")
        let bindings = try #require(read.document?.gateStep).bindings
        #expect(bindings.first { $0.name == "orderingKey" }?.value?.exposed == "sub:${SUBSCRIPTION_ID}")
        #expect(bindings.first { $0.name == "coalesceKey" }?.value?.exposed == "pool:${P}")
    }
}
