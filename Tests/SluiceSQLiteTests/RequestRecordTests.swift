import Foundation
import SluiceModel
import SluiceStoreRecords
import SluiceTestKit
import Testing

/// The JSON that holds' requests are kept as: written and read by hand, because each launch reads one.
@Suite struct RequestRecordTests {
    /// Texts that are hard to write or read.
    private static let texts = [
        "", "plain", "Library/Backup/Nightly", #"a "quoted" \ one"#, "two\nlines\tand\r\u{8}\u{c}", "\u{1}\u{1f}\u{7f}",
        "Zürich 東京 🚧", #"{"name":"x"}"#, "[", "\u{2028}", String(repeating: "long ", count: 200),
    ]

    private static func request(_ random: inout SeededRandom) -> LaunchRequest {
        func text() -> String { texts[Int(random.next() % UInt64(texts.count))] }
        func maybe() -> String? { random.next() % 2 == 0 ? text() : nil }
        var request = LaunchRequest(flow: FlowID("f"), source: .scheduler)
        request.parentRunID = maybe().map { ExecutionID($0) }
        request.csaInstanceID = maybe().map { CSAInstanceID($0) }
        request.csaProcessID = maybe().map { CSAProcessID($0) }
        request.flowPath = maybe()
        if random.next() % 2 == 0 {
            request.flowMemory = FlowMemory(
                contentPack: text(), packRevision: random.next() % 2 == 0 ? 7 : nil, isGone: random.next() % 2 == 0,
                isGated: random.next() % 2 == 0,
                inputs: (0..<Int(random.next() % 3)).map { _ in
                    KnownInput(
                        name: text(), isRequired: random.next() % 2 == 0, isEncrypted: random.next() % 2 == 0,
                        reading: random.next() % 2 == 0
                            ? .init(isTaken: random.next() % 2 == 0, type: text(), listDelimiter: maybe()) : nil)
                })
        }
        request.tenant = maybe().map { TenantID($0) }
        request.inputs = (0..<Int(random.next() % 4)).map { _ in
            let bytes = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            return LaunchInput(
                name: text(), value: random.next() % 2 == 0 ? .clear(text()) : .sealed(SealedBytes(bytes)))
        }
        request.start = StartOptions(
            runName: maybe(), logLevel: maybe(), inputPromptUseBlank: [nil, true, false][Int(random.next() % 3)])
        request.scheduleID = maybe().map { ScheduleID($0) }
        request.nominalTime =
            [nil, Timestamp(milliseconds: -1), Timestamp(milliseconds: 1_764_500_000_000)][
                Int(random.next() % 3)]
        request.idempotencyKey = maybe().map { IdempotencyKey($0) }
        request.requestedBy = maybe()
        request.onBehalfOf = maybe()
        request.reportsEnd = random.next() % 2 == 0
        request.misfirePolicy = [nil, .skip, .latest][Int(random.next() % 3)]
        request.pluginNotes = (0..<Int(random.next() % 3)).map { _ in
            PluginNote(plugin: text(), outcome: .annotated, text: text())
        }
        return request
    }

    private static func decoded(_ json: [UInt8]) throws -> LaunchRequest {
        var request = LaunchRequest(flow: FlowID("f"), source: .scheduler)
        try json.withUnsafeBufferPointer { try RequestRecord.decode($0, into: &request) }
        return request
    }

    /// What the reader by hand makes of it; nil: it leaves it to the general decoder.
    private static func readByHand(_ json: [UInt8]) -> LaunchRequest? {
        json.withUnsafeBufferPointer { bytes in
            var reader = RequestReader(bytes)
            guard let record = try? reader.record() else { return nil }
            var request = LaunchRequest(flow: FlowID("f"), source: .scheduler)
            record.fill(&request)
            return request
        }
    }

    @Test("what is written is read as it was, by hand and by the general decoder")
    func roundTrips() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<500 {
            let request = Self.request(&random)
            let json = try RequestRecord.encode(request)
            #expect(try Self.decoded(json) == request)
            var general = LaunchRequest(flow: FlowID("f"), source: .scheduler)
            try JSONDecoder().decode(RequestRecord.self, from: Data(json)).fill(&general)
            #expect(general == request, "by the general decoder: \(String(decoding: json, as: UTF8.self))")
        }
    }

    @Test("what the general encoder wrote is read as it was")
    func readsOlderRows() throws {
        var random = SeededRandom(seed: 2)
        for _ in 0..<200 {
            let request = Self.request(&random)
            let json = Array(try JSONEncoder().encode(try RequestRecord(request)))
            #expect(try Self.decoded(json) == request)
        }
    }

    @Test("an ordinary request is read by hand, whoever wrote it")
    func readsOrdinaryRowsByHand() throws {
        var request = LaunchRequest(flow: FlowID("f"), source: .scheduler)
        request.flowPath = "Library/Backup/Nightly"
        request.inputs = [
            LaunchInput(name: "host", value: .clear("Zürich \"1\"\n")),
            LaunchInput(name: "password", value: .sealed(SealedBytes([0, 255, 62, 63]))),
        ]
        request.start = StartOptions(runName: "nightly", logLevel: "STANDARD", inputPromptUseBlank: false)
        request.nominalTime = Timestamp(milliseconds: 1_764_500_000_000)
        #expect(Self.readByHand(try RequestRecord.encode(request)) == request)
        #expect(Self.readByHand(Array(try JSONEncoder().encode(try RequestRecord(request)))) == request)
    }

    @Test(
        "what it does not know is left to the general decoder",
        arguments: [
            #"{"flowPath" : "a"}"#, #"{"flowPath":"a","of":"tomorrow"}"#, #"{"flowPath":"\u0061"}"#,
            #"{"flowPath":"a","tenant":null}"#, #"{"flowPath":"a",}"#,
        ])
    func leavesTheRest(_ text: String) throws {
        #expect(Self.readByHand(Array(text.utf8)) == nil)
        #expect(try Self.decoded(Array(text.utf8)).flowPath == "a")
    }

    @Test(
        "what is damaged is refused",
        arguments: [
            "", "{", "{}x", #"{"flowPath":"a}"#, #"{,"flowPath":"a"}"#,
            #"{"nominalTime":1.5.2}"#,
            #"{"nominalTime":-}"#, #"{"reportsEnd":tru}"#, #"{"inputs":[{"clear":"a"}]}"#,
            #"{"inputs":[{"name":"a","sealed":"%"}]}"#, #"{"inputs":[}"#, #"{"flowPath":"a\q"}"#, "null", "\u{0}",
        ])
    func refusesDamage(_ text: String) {
        #expect(Self.readByHand(Array(text.utf8)) == nil)
        #expect(throws: (any Error).self) { try Self.decoded(Array(text.utf8)) }
    }
}
