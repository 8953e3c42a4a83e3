import Foundation
import SluiceModel
import Testing

@Suite struct SecretTests {
    private static let clear = "tr0ub4dor&3"
    private static let bytes: [UInt8] = [201, 202, 203, 204, 205, 206]

    private static func everyPrintedForm(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        var children = ""
        func walk(_ mirror: Mirror, _ depth: Int) {
            guard depth < 8 else { return }
            for child in mirror.children {
                children += "\(child.label ?? "") \(child.value) \(String(reflecting: child.value))"
                walk(Mirror(reflecting: child.value), depth + 1)
            }
        }
        walk(Mirror(reflecting: value), 0)
        return [
            "\(value)", String(describing: value), String(reflecting: value), dumped, children,
            String(describing: Optional(value)), String(reflecting: [value]), "\(["k": value])",
            String(format: "%@", "\(value)"),
        ]
    }

    private static func assertSilent(_ value: Any) {
        for form in everyPrintedForm(of: value) {
            #expect(!form.contains(clear))
            #expect(!form.contains("202"))
        }
    }

    @Test func aSecretShowsItselfInNoForm() {
        Self.assertSilent(Secret(Self.clear))
        #expect("\(Secret(Self.clear))" == "‹redacted›")
        #expect(Mirror(reflecting: Secret(Self.clear)).children.isEmpty)
        #expect(Secret(Self.clear).exposed == Self.clear)
    }

    @Test func sealedBytesShowThemselvesInNoForm() {
        Self.assertSilent(SealedBytes(Self.bytes))
        #expect(SealedBytes(Self.bytes).description == "‹sealed›")
        #expect(String(reflecting: SealedBytes(Self.bytes)) == "‹sealed›")
        #expect(Mirror(reflecting: SealedBytes(Self.bytes)).children.isEmpty)
    }

    @Test func neitherDoesAnythingThatHoldsOne() {
        var request = LaunchRequest(flow: FlowID("f"), source: .api)
        request.inputs = [
            LaunchInput(name: "a", value: .secret(Secret(Self.clear))),
            LaunchInput(name: "b", value: .sealed(SealedBytes(Self.bytes))),
        ]
        Self.assertSilent(request)
        Self.assertSilent(request.inputs[0])
        Self.assertSilent(request.inputs)
        let hold = Hold(
            ticket: Ticket(ULID(high: 1, low: 1)), request: request, principal: Principal("p"), reason: .maintenance,
            epoch: .first, arrivedAt: .zero)
        Self.assertSilent(hold)
        Self.assertSilent(Change.addHold(hold))
    }

    @Test func onlyAClearValueIsNotSensitive() {
        #expect(!LaunchInput(name: "a", value: .clear("x")).isSensitive)
        #expect(LaunchInput(name: "a", value: .secret(Secret("x"))).isSensitive)
        #expect(LaunchInput(name: "a", value: .sealed(SealedBytes([1]))).isSensitive)
    }
}
