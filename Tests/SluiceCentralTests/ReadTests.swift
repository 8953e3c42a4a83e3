import SluiceCentral
import SluiceModel
import SluicePorts
import Testing

@Suite struct ReadTests {
    private static let ids = [ExecutionID("1"), ExecutionID("2")]
    private static let version = answer("200 OK", #"{"version":"10.60 - Enterprise Edition","build ID":"x"}"#)

    @Test func readsSummariesLeniently() async throws {
        let body = """
            [{"executionId":"1","branchId":null,"status":"COMPLETED","resultStatusType":"RESOLVED",
            "resultStatusName":"success",
            "startTime":1764500000000,"endTime":"1764500000500","flowUuid":"A98C3FE7-9C90-4237-A025-E2DF4A7CF1F9",
            "flowPath":"Library/a/b.xml","executionName":"n","pauseReason":null,"roi":1.5,"later":{"x":[]}},
            {"executionId":2,"status":"RUNNING_BRANCH_PAUSED","startTime":1.7645e12,"endTime":null}]
            """
        let (summaries, server) = try await read(.raw(answer("200 OK", body))) { try await $0.summaries(of: Self.ids) }
        #expect(server.requests.first?.hasPrefix("GET /oo/rest/v2/executions/1,2/summary HTTP/1.1\r\n") == true)
        let first = try #require(summaries.first)
        #expect(first.result == .resolved)
        #expect(first.resultName == "success")
        #expect(first.flow == FlowID("a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"))
        #expect(first.flowPath == "Library/a/b.xml")
        #expect(first.name == "n")
        #expect(first.startedAt == Timestamp(milliseconds: 1_764_500_000_000))
        #expect(first.endedAt == Timestamp(milliseconds: 1_764_500_000_500))
        #expect(summaries.last?.status == .other("RUNNING_BRANCH_PAUSED"))
        #expect(summaries.last?.startedAt == Timestamp(milliseconds: 1_764_500_000_000))
        #expect(summaries.last?.endedAt == nil)
    }

    @Test(
        "what no calendar has is no time",
        arguments: [
            "-9223372036854775808", "9223372036854775807", "253402300800000", "-62135596800001", "1e18", "1e300",
            "\"-9223372036854775808\"", "\"0000-12-31T23:59:59Z\"",
        ])
    func takesNoTimeBeyondTheCalendar(time: String) async throws {
        let body = #"[{"executionId":"1","status":"RUNNING","startTime":\#(time),"endTime":253402300799999}]"#
        let (summaries, _) = try await read(.raw(answer("200 OK", body))) { try await $0.summaries(of: Self.ids) }
        let first = try #require(summaries.first)
        #expect(first.startedAt == nil && first.endedAt == Timestamp.calendarYears.upperBound)
        let list = #"""
            [{"id":"1","enabled":true,"triggerExpression":"*/60000","startDate":\#(time),"endDate":\#(time),
            "nextFireTime":\#(time),"prevFireTime":\#(time),"numOfOccurrences":9223372036854775807},
            {"id":"2","enabled":true,"numOfOccurrences":"-5"}]
            """#
        let (schedules, _) = try await read(.raw(answer("200 OK", list))) { try await $0.schedules() }
        let schedule = try #require(schedules.first)
        #expect(schedule.startDate == nil && schedule.endDate == nil)
        #expect(schedule.nextFireTime == nil && schedule.prevFireTime == nil)
        #expect(schedules.map(\.occurrenceCount) == [CentralSchedule.occurrenceCountMax, 0])
    }

    @Test func readsOneObjectAsAList() async throws {
        let (summaries, _) = try await read(.raw(answer("200 OK", #"{"executionId":"1","status":"CANCELED"}"#))) {
            try await $0.summaries(of: [ExecutionID("1")])
        }
        #expect(summaries.map(\.status) == [.canceled])
    }

    @Test func asksOneByOneWhenTogetherTheyAreUnknown() async throws {
        let (summaries, server) = try await read(
            .raw(answer("404 Not Found")), .raw(answer("404 Not Found")),
            .raw(answer("200 OK", #"[{"executionId":"2","status":"RUNNING"}]"#)), .raw(Self.version)
        ) { try await $0.summaries(of: Self.ids) }
        #expect(summaries.map(\.id.text) == ["2"])
        #expect(server.requests.count == 4)
    }

    @Test func takesNoWrongAddressForAnUnknownExecution() async throws {
        let html = answer("404 Not Found", "<html></html>", type: "text/html")
        let error = try await error(.raw(html)) { _ = try await $0.summaries(of: [ExecutionID("1")]) }
        #expect(error.code == .status)
        #expect(error.message == "GET /oo/rest/latest/version answered 404 Not Found")
    }

    @Test func pages() async throws {
        let (page, server) = try await read(.raw(answer("200 OK", "[]"))) {
            try await $0.executions(page: 3, pageSize: 200)
        }
        #expect(page.isEmpty)
        #expect(server.requests.first?.hasPrefix("GET /oo/rest/v2/executions?pageSize=200&pageNum=3 ") == true)
    }

    @Test func readsTheVersion() async throws {
        let (version, server) = try await read(.raw(Self.version)) { try await $0.version() }
        #expect(version == "10.60 - Enterprise Edition")
        #expect(server.requests.first?.hasPrefix("GET /oo/rest/version HTTP/1.1\r\n") == true)
        let (other, elsewhere) = try await read(.raw(answer("404 Not Found")), .raw(Self.version)) {
            try await $0.version()
        }
        #expect(other == version)
        #expect(elsewhere.requests.last?.hasPrefix("GET /oo/rest/latest/version ") == true)
    }

    /// One trouble, then a good answer: a read goes on.
    @Test(arguments: [
        ("close after reading", RawServer.Act.closeAfterReading), ("reset", .reset), ("closed unread", .closeUnread),
        ("500", .raw(answer("500 Internal Server Error"))), ("503", .raw(answer("503 Service Unavailable"))),
        ("cut", .raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")),
    ])
    func triesAReadAgain(name: String, trouble: RawServer.Act) async throws {
        let (version, _) = try await read(trouble, .raw(Self.version)) { try await $0.version() }
        #expect(version == "10.60 - Enterprise Edition")
        let (again, _) = try await read(trouble, trouble, .raw(Self.version)) { try await $0.version() }
        #expect(again == version)
    }

    @Test(arguments: [
        (RawServer.Act.raw(answer("401 Unauthorized")), CentralError.Code.unauthorized, 1),
        (.raw(answer("403 Forbidden")), .unauthorized, 1),
        (.raw(answer("302 Found", headers: ["Location: /oo/login/login-form"])), .unauthorized, 1),
        (.raw(answer("302 Found", headers: ["Location: /x"])), .unreadable, 1),
        (.raw(answer("429 Too Many Requests")), .status, 1),
        (.raw(answer("500 Internal Server Error")), .status, 3),
        (.raw(answer("200 OK", "<html></html>", type: "text/html")), .unreadable, 1),
        (.raw(answer("200 OK", " \n<html></html>", type: nil)), .unreadable, 1),
        (.raw(answer("200 OK", "[{\"executionId\":\"1\"")), .unreadable, 1),
        (.raw(answer("200 OK", "7")), .unreadable, 1), (.raw(answer("200 OK", "[{}]")), .unreadable, 1),
        (.raw(answer("200 OK", "[{\"executionId\":\"\"}]")), .unreadable, 1),
        (.raw(answer("200 OK", "[\"" + String(repeating: "x", count: 2 << 20) + "\"]")), .unreadable, 1),
        (.closeAfterReading, .unreachable, 3),
        (.raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[]"), .unreachable, 3),
    ])
    func namesWhyItCannotRead(act: RawServer.Act, code: CentralError.Code, tries: Int) async throws {
        let server = try RawServer(act)
        defer { server.stop() }
        let error = try await #require(throws: CentralError.self) {
            try await withClient(port: server.port) { _ = try await $0.summaries(of: Self.ids) }
        }
        #expect(error.code == code)
        #expect(error.message.contains("GET /oo/rest/v2/executions/"))
        #expect(!error.message.contains("s3cr3t"))
        #expect(server.count("GET") == tries)
    }

    @Test("a kept connection that Central closed without a word is not taken for an outage")
    func survivesAClosedConnection() async throws {
        let server = try RawServer(.raw(Self.version.replacing("Connection: close\r\n", with: "")))
        defer { server.stop() }
        // Without another try: one that counts would be seen.
        try await withClient(port: server.port, adjust: { $0.retryDelays = [] }) { client in
            for _ in 0..<20 {
                let version = try await client.version()
                #expect(version == "10.60 - Enterprise Edition")
            }
        }
        #expect(server.count("GET") == 20)
    }

    @Test func givesUpWhenItsTimeIsOver() async throws {
        let error = try await error(.silence, timeout: patience) { _ = try await $0.version() }
        #expect(error.code == .unreachable)
        #expect(error.message == "GET /oo/rest/version gave no whole answer in time")
    }

    @Test func tellsHTMLFromJSON() async throws {
        let page = answer("200 OK", "<html></html>", type: "text/html")
        let error = try await error(.raw(page)) { _ = try await $0.version() }
        #expect(
            error.message
                == "GET /oo/rest/version answered HTML, not JSON: is this the right address, or a login page?")
    }

    private func read<Value: Sendable>(
        _ acts: RawServer.Act..., body: (RESTCentralClient) async throws -> Value
    ) async throws -> (Value, RawServer) {
        let server = try RawServer(acts)
        defer { server.stop() }
        return (try await withClient(port: server.port, body), server)
    }

    private func error(
        _ act: RawServer.Act, timeout: Duration = .seconds(20), _ body: (RESTCentralClient) async throws -> Void
    ) async throws -> CentralError {
        let server = try RawServer(act)
        defer { server.stop() }
        return try await #require(throws: CentralError.self) {
            try await withClient(port: server.port, timeout: timeout) { try await body($0) }
        }
    }
}
