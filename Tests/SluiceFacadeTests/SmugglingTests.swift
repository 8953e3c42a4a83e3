import SluiceModel
import Testing

@testable import SluiceFacade

/// A decided call is one in every spelling that some server reads as one.
struct SmugglingTests {
    private let calls = FacadeCalls(virtualIDs: VirtualIDs())

    private func call(_ method: String, _ path: String) throws -> FacadeCalls.Sorted {
        calls.sort(method: method, try CallAddress(path: path))
    }

    @Test(
        "R3 a start is a start in every root and spelling",
        arguments: [
            ("/rest/executions", StartDialect.byBody), ("/rest/executions/", .byBody), ("/rest/v1/executions", .v1),
            ("/rest/v1/executions/", .v1), ("/rest/v2/executions", .v2), ("/rest/v2/executions/", .v2),
            ("/rest/latest/executions", .v2), ("/rest/latest/executions/", .v2), ("/rest/v3/executions", .v2),
            ("//rest//v2//executions", .v2), ("/./rest/./v2/./executions/.", .v2),
            ("/css/../rest/v2/executions", .v2), ("/rest/v2/flows/../executions", .v2),
            ("/rest/v2/%65xecutions", .v2), ("/rest/v2/%65%78%65%63utions", .v2), ("/%72est/v1/executions", .v1),
            ("/rest/v2%2Fexecutions", .v2), ("/rest/v2%2fexecutions", .v2), ("/rest/v2/%2565xecutions", .v2),
            ("/rest/v2/%252565xecutions", .v2),
            ("/rest/v2/executions;jsessionid=1", .v2), ("/rest;a=b/v2;c/executions;d=e/", .v2),
            ("/rest/v2/executions%3Bx", .v2), ("/rest/v2/executions;%CC%81x", .v2),
            ("/rest/v2/executions%3B%CC%81", .v2),
            ("/rest/v2/executions.json", .v2), ("/rest/v2/executions.%CC%81", .v2), ("/rest/v1/executions.xml/", .v1),
            ("/rest/v2/executions%20", .v2), ("/rest/v2/%20executions", .v2), ("/%20rest%20/%20v1/executions", .v1),
            ("/rest/v2/EXECUTIONS", .v2), ("/REST/V1/Executions", .v1),
            ("/a/%2e%2e/rest/v2/executions", .v2), ("/rest/v2/executions/x/..", .v2),
            ("/rest/v2/executions//", .v2), ("/rest/v2/executions/%2e/", .v2),
        ])
    func starts(path: String, dialect: StartDialect) throws {
        let sorted = try call("POST", path)
        #expect(sorted.call == .start(dialect))
        // What is sent on is what was understood: the canonical path, or one that has a single reading.
        let sent = sorted.path ?? path
        #expect(try CallAddress(path: sent).isPlain)
        #expect(try call("POST", sent).call == .start(dialect))
    }

    @Test(
        "R3 resumes and schedules are decided in every spelling",
        arguments: [
            ("PUT", "/rest/v2/executions/123/status", FacadeCall.act(id: "123")),
            ("POST", "/rest/executions/123/status", .act(id: "123")),
            ("PUT", "/rest/v1//executions/123/%73tatus", .act(id: "123")),
            ("PUT", "/rest/latest/executions/123/status.json", .act(id: "123")),
            ("PATCH", "/rest/latest/executions/123;a/STATUS/", .act(id: "123")),
            ("POST", "/rest/latest/schedules", .schedule), ("POST", "/rest/schedules/", .schedule),
            ("PUT", "/rest/v2/schedules/17", .schedule), ("POST", "/rest/v2/schedules;x", .schedule),
            ("PUT", "/rest/v2/schedules/17/enabled", .enable(schedule: "17")),
            ("PUT", "/rest/v2/schedules/17/%65nabled", .enable(schedule: "17")),
            ("POST", "/rest/v2/schedules/17/enabled/", .enable(schedule: "17")),
            ("POST", "/rest/v2/executions/123/rerun", .unknownWork), ("PUT", "/rest/v2/executions", .unknownWork),
            ("POST", "/rest/v2/schedules/17/run", .unknownWork), ("post", "/rest/v2/executions", .unknownWork),
            ("POST", "/rest/v2/all-schedules", .schedule),
        ])
    func decides(method: String, path: String, call expected: FacadeCall) throws {
        #expect(try call(method, path).call == expected)
    }

    @Test(
        "what starts nothing passes as it came",
        arguments: [
            ("GET", "/rest/v2/executions/123/summary"), ("GET", "/rest/v2/executions/1,2,3/summary"),
            ("GET", "/rest/v2/flows/library"), ("GET", "/"), ("GET", ""), ("HEAD", "/"), ("GET", "/js/app.min.js"),
            ("POST", "/rest/v2/deployments"), ("POST", "/rest/v2/deployments/7/files"),
            ("PUT", "/rest/v2/content-packs/x"), ("DELETE", "/rest/v2/schedules/17"),
            ("DELETE", "/rest/v2/executions/17"), ("PUT", "/rest/latest/config-items/system-properties/a%2Fb"),
            ("POST", "/login/login-form"), ("GET", "/rest/v2/executions/123/steps/count"),
            ("OPTIONS", "/rest/v2/executions"), ("POST", "/rest/v2/executions-x"), ("POST", "/executions"),
        ])
    func passes(method: String, path: String) throws {
        #expect(try call(method, path) == FacadeCalls.Sorted(call: .pass, path: nil))
    }

    @Test(
        "an address that servers read differently is sent to none",
        arguments: [
            ("/../PAS/services", CallAddress.Objection.climbs), ("/rest/../../x", .climbs),
            ("/%2e%2e/x", .climbs), ("/..;/x", .climbs), ("/%252e%252e/x", .climbs), ("/..%5cx", .ambiguous),
            ("/rest/v2/executions//..", .ambiguous), ("/rest/v2/executions//%2e%2e", .ambiguous),
            ("/rest/v2/executions/%2F..", .ambiguous), ("//rest/v2/executions/x/..", .ambiguous),
            ("/rest/v2/executions/x\\../..", .ambiguous), ("/rest/v2/executions/x%5C../..", .ambiguous),
            ("/rest/v2/executions/x%255c../..", .ambiguous), ("/rest\\v2\\executions", .ambiguous),
            ("/a/..;x/rest/v2/executions", .ambiguous), ("/a/%2e%2e%3bx/rest/v2/executions", .ambiguous),
            ("/a;b/../rest/v2/executions", .ambiguous),
            ("/rest/v2/executions#x", .badCharacter), ("/rest/v2/exec utions", .badCharacter),
            ("/rest/v2/executions\u{301}", .badCharacter), ("/rest/\u{0}", .badCharacter),
            ("/rest/v2/%zz", .unreadable), ("/rest/v2/executions%0a", .unreadable), ("/x%00", .unreadable),
            ("/x%ff", .unreadable), ("/rest/v2/%c0%afexecutions", .unreadable), ("/x%", .unreadable),
            ("/rest/v2/%25252565xecutions", .unreadable),
        ])
    func refuses(path: String, why: CallAddress.Objection) {
        #expect(throws: why) { try CallAddress(path: path) }
        #expect(throws: CallAddress.Objection.tooLong) {
            try CallAddress(path: String(repeating: "a", count: CallAddress.byteCountMax + 1))
        }
    }

    @Test(
        "a parameter that says another method is found however it is spelt",
        arguments: [
            ("_method=POST", true), ("a=1&_method=POST", true), ("a;_method=PUT", true), ("_METHOD", true),
            ("%5Fmethod=POST", true), ("%5fm%65thod=POST", true), ("a=1&%255Fmethod=POST", true),
            ("%2525255Fmethod=POST", true), ("%zz=1", true), ("%5Fmethod%=POST", true),
            ("", false), ("a=_method", false), ("_methods=1", false), ("_=17&pageNum=1", false), ("a=100%", false),
            ("my_method=1", false), ("%25=1", false), ("a=%5Fmethod=", false),
        ])
    func overrides(query: String, isOverride: Bool) {
        #expect(CallAddress.overridesMethod(query: query) == isOverride)
    }

    @Test(
        "what is before and behind executions is found in each spelling",
        arguments: [
            ("/rest/v2/executions", "/rest/v2", []), ("/REST/V2/Executions/12/Steps/", "/REST/V2", ["12", "Steps"]),
            ("/rest/executions/1,2/summary", "/rest", ["1,2", "summary"]),
            ("/rest/v2/executions;x=y/12/summary", "/rest/v2", ["12", "summary"]),
            ("/rest/v1/%65xecutions/12/steps/count", "/rest/v1", ["12", "steps", "count"]),
            ("/rest/latest%2Fexecutions/12%2Fsteps", "/rest/latest", ["12", "steps"]),
        ])
    func executions(path: String, root: String, rest: [String]) {
        #expect(FacadeCalls.executions(in: path) == FacadeCalls.ExecutionsPath(root: root, rest: rest))
        #expect(FacadeCalls.executions(in: "/rest/v2/schedules/1") == nil)
        #expect(FacadeCalls.executions(in: "/executions/1") == nil)
    }

    @Test("reads of virtual ids are told from those of Central's own")
    func reads() throws {
        let id = "9000000000000042"
        #expect(try call("GET", "/rest/v2/executions/\(id)/summary").call == .summaries([id]))
        #expect(try call("GET", "/rest/v1/executions/12,\(id),13/summary/").call == .summaries(["12", id, "13"]))
        #expect(try call("GET", "/rest/executions/\(id)/execution-log").call == .read(id: id, .log))
        #expect(try call("GET", "/rest/latest/executions/\(id)/steps").call == .read(id: id, .steps))
        #expect(try call("HEAD", "/rest/latest/executions/\(id)/steps/count").call == .read(id: id, .stepCount))
        #expect(try call("GET", "/rest/v2/executions/\(id)/status").call == .read(id: id, .status))
        #expect(try call("GET", "/rest/v2/executions/\(id)").call == .read(id: id, .other))
        #expect(try call("GET", "/rest/v2/executions/").call == .list)
        #expect(try call("GET", "/rest/v2/executions/9000000000000000/summary").call == .pass)
        #expect(try call("GET", "/rest/v2/executions/9007199254740992/summary").call == .pass)
    }

    @Test(
        "R3 the run URLs of OO 9 start whatever the method",
        arguments: [
            ("POST", "/services/rest/run/a98c3fe7-9c90-4237-a025-e2df4a7cf1f9", "a98c3fe7-9c90-4237-a025-e2df4a7cf1f9"),
            ("GET", "/services/rest/run_async/Library/x", nil), ("GET", "/services/http/execute/x", nil),
            ("POST", "/services/WSCentralService", nil), ("GET", "/services/rest/%72un/x", nil),
        ])
    func old(method: String, path: String, flow: String?) throws {
        #expect(calls.sortOld(method: method, try CallAddress(path: path)).call == .oldRun(flow: flow))
        #expect(calls.sortOld(method: "GET", try CallAddress(path: "/services/rest/list/x")).call == .pass)
        #expect(calls.sortOld(method: "GET", try CallAddress(path: "/services/WSCentralService")).call == .pass)
    }
}
