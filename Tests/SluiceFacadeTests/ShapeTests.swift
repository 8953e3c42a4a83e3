import SluiceJSON
import SluiceModel
import Testing

@testable import SluiceFacade

/// Bodies and answers in each dialect, ids and addresses.
struct ShapeTests {
    private static func hold(_ state: HoldState, _ result: LaunchResult? = nil) -> Hold {
        var request = LaunchRequest(flow: FlowID("f"), source: .csa)
        request.flowPath = "Library/Backup/Nightly.xml"
        request.inputs = [
            LaunchInput(name: "host", value: .clear("h1")), LaunchInput(name: "key", value: .sealed(SealedBytes([1]))),
        ]
        var hold = Hold(
            ticket: Ticket(ULID(at: Timestamp(milliseconds: 1), random: (1, 1))), request: request,
            principal: Principal("central:ann"), reason: .maintenance, epoch: Epoch(1),
            arrivedAt: Timestamp(milliseconds: 5))
        hold.state = state
        hold.result = result
        hold.stateSince = Timestamp(milliseconds: 9)
        return hold
    }

    @Test(
        "each state and result of a hold reads as one word that every client knows",
        arguments: [
            (HoldState.held, nil, "RUNNING", nil), (.released, nil, "RUNNING", nil), (.launching, nil, "RUNNING", nil),
            (.running, nil, "RUNNING", nil), (.awaitingOperator, nil, "RUNNING", nil),
            (.expired, nil, "CANCELED", nil), (.discarded, nil, "CANCELED", nil), (.superseded, nil, "CANCELED", nil),
            (.coalesced, nil, "CANCELED", nil), (.ended, .resolved, "COMPLETED", "RESOLVED"),
            (.ended, .error, "COMPLETED", "ERROR"), (.ended, .diagnosed, "COMPLETED", "DIAGNOSED"),
            (.ended, .noActionTaken, "COMPLETED", "NO_ACTION_TAKEN"), (.ended, .canceled, "CANCELED", nil),
            (.ended, .systemFailure, "SYSTEM_FAILURE", nil), (.ended, .unknown, "COMPLETED", nil),
            (.ended, nil, "COMPLETED", nil),
        ] as [(HoldState, LaunchResult?, String, String?)])
    func shows(state: HoldState, result: LaunchResult?, status: String, type: String?) {
        let hold = Self.hold(state, result)
        let summary = HoldShapes.summary(id: "9000000000000001", hold, arrivedAt: hold.arrivedAt, user: "ann")
        #expect(summary["status"]?.string == status)
        #expect(summary["resultStatusType"]?.string == type)
        #expect(summary["endTime"] == (state.isFinal ? 9 : .null))
        #expect(summary["startTime"] == 5)
        #expect(summary["executionId"] == "9000000000000001")
        #expect(summary["executionName"] == "Nightly")
        #expect(summary["owner"] == "ann")
        let isCancelable = [.held, .released, .awaitingOperator].contains(state)
        #expect((HoldShapes.refusal(of: .cancel, hold) == nil) == isCancelable)
        #expect(HoldShapes.refusal(of: .pause, hold) != nil)
        #expect(HoldShapes.refusal(of: .resume, hold) != nil)
        let log = HoldShapes.log(summary, hold)
        #expect(log["flowVars"]?.array?.map { $0["value"]?.string } == ["h1", "********"])
        #expect(HoldState.allCases.count == 10)
    }

    @Test("nobody changes a launch that stands for others by the id of one of them")
    func coalesced() {
        let own = Self.hold(.coalesced)
        for action in [ExecutionAction.cancel, .pause, .resume] {
            for state in [HoldState.held, .released, .launching, .running, .awaitingOperator] {
                #expect(HoldShapes.refusal(of: action, own, shown: Self.hold(state)) == "FAILED_COALESCED", "\(state)")
            }
            // It is over, as its summary says.
            #expect(
                HoldShapes.refusal(of: action, own, shown: Self.hold(.ended, .resolved)) == "FAILED_ALREADY_COMPLETED")
            #expect(
                HoldShapes.refusal(of: action, own, shown: Self.hold(.discarded))
                    == "FAILED_ALREADY_CANCELED_OR_PENDING_CANCELLATION")
        }
        #expect(HoldShapes.refusal(of: .cancel, Self.hold(.held), shown: Self.hold(.held)) == nil)
    }

    @Test("a held start is answered in its dialect")
    func started() {
        #expect(HoldShapes.started(id: "9000000000000001", .v2, feedURL: "u").write() == "9000000000000001")
        #expect(
            HoldShapes.started(id: "9000000000000001", .v1, feedURL: "u").write()
                == #"{"feedUrl":"u","executionId":"9000000000000001","errorCode":"NO_ERROR"}"#)
    }

    @Test("virtual ids are digits below 2^53, one for each hold, and their own inverse")
    func virtualIDs() {
        let ids = VirtualIDs()
        for arrival in [1, 2, 1_000_000, 7_199_254_740_991] as [Int64] {
            let id = ids.id(arrival: arrival)
            #expect(id.flatMap(ids.arrival) == arrival)
            #expect(id.flatMap { Double($0) }.map { Int64($0) } == id.flatMap { Int64($0) })
        }
        #expect(ids.id(arrival: 0) == nil)
        #expect(ids.id(arrival: -1) == nil)
        #expect(ids.id(arrival: 7_199_254_740_992) == nil)
        for text in [
            "", "9000000000000000", "9007199254740992", "-1", "x", "9000000000000001x", "１", "+9000000000000001",
        ] {
            #expect(!ids.contains(text), "\(text)")
        }
        #expect(!ids.isEndangered(by: "112600043"))
        #expect(!ids.isEndangered(by: "4499999999999999"))
        #expect(ids.isEndangered(by: "4500000000000000"))
        #expect(ids.isEndangered(by: "99999999999999999999999"))
    }

    private static func start(pass: String) -> String {
        #"{"flowUuid":"F","runName":"n","logLevel":"STANDARD","inputPromptUseBlank":"false","triggerType":"MANUAL","#
            + #""inputs":{"a":"1","b":2,"c":true,"d":null,"sluicePass":"\#(pass)"}}"#
    }

    @Test("a start's body keeps what a relaunch needs, and says what it cannot keep")
    func startBody() throws {
        let body = try StartBody(
            Array(Self.start(pass: "p").utf8), .v2)
        #expect(body.flow == FlowID("F"))
        #expect(body.options == StartOptions(runName: "n", logLevel: "STANDARD", inputPromptUseBlank: false))
        #expect(body.inputs.map(\.name) == ["a", "b", "c"])
        #expect(body.inputs.map(\.value) == [.clear("1"), .clear("2"), .clear("true")])
        #expect(body.pass?.exposed == "p")
        #expect(body.unkept.isEmpty)
        let text = String(decoding: body.adding(pass: Secret("q")), as: UTF8.self)
        #expect(
            text == Self.start(pass: "q"))
        for (text, unkept) in [
            (#"{"uuid":"f","priority":1}"#, ["priority"]), (#"{"uuid":"f","inputs":[]}"#, ["inputs"]),
            (#"{"uuid":"f","inputs":{"a":{}}}"#, ["inputs"]), (#"{"uuid":"f","runName":1}"#, ["runName"]),
            (#"{"uuid":"f","inputPromptUseBlank":1}"#, ["inputPromptUseBlank"]), (#"{"uuid":"f","inputs":null}"#, []),
        ] {
            #expect(try StartBody(Array(text.utf8), .v1).unkept == unkept, "\(text)")
        }
        #expect(try StartBody(Array(#"{"uuid":"f"}"#.utf8), .byBody).dialect == .v1)
        #expect(try StartBody(Array(#"{"flowUuid":"f"}"#.utf8), .byBody).dialect == .v2)
        #expect(try StartBody(Array(#"{"flowUuid":"f","uuid":"f"}"#.utf8), .byBody).dialect == .v2)
    }

    @Test("CSA's instance and process come from the inputs that carry them")
    func lineage() throws {
        let text = #"{"uuid":"f","inputs":{"CSA_CONTEXT_ID":"i","CSA_PROCESS_ID":"p","x":"y"}}"#
        let request = try StartBody(Array(text.utf8), .v1).request(from: .csa)
        #expect(request.csaInstanceID == CSAInstanceID("i"))
        #expect(request.csaProcessID == CSAProcessID("p"))
        #expect(request.source == .csa)
        #expect(request.inputs.count == 3)
    }

    @Test("the real execution's data is told under the virtual id, wherever its id stands")
    func renames() throws {
        func text(_ id: String) -> String {
            #"{"executionId":"\#(id)","runId":\#(id),"name":"12","#
                + #""feedUrl":"https://c/oo/rest/v1/executions/\#(id)/steps","#
                + #""list":[{"stepId":"3","executionId":\#(id)}],"roi":12}"#
        }
        let value = try JSONReader.read(text("12"))
        #expect(
            RealAnswers.renamed(value, from: "12", to: "9000000000000001").write()
                == text("9000000000000001")
        )
        #expect(RealAnswers.executionID(["executionId": "12", "errorCode": "NO_ERROR"]) == ExecutionID("12"))
        #expect(RealAnswers.executionID(["executionId": "12", "errorCode": "NO_LICENSE"]) == nil)
        #expect(RealAnswers.executionID(459_301_278) == ExecutionID("459301278"))
        for value: JSONValue in [.null, "x", [], true, .number(JSONNumber(1.5)!)] {
            #expect(RealAnswers.executionID(value) == nil)
        }
    }

    @Test(
        "addresses of Central's get the facade's origin, others stay",
        arguments: [
            ("https://c.example:8443/oo/x?y#z", "http://gate:8470/oo/x?y#z"),
            ("HTTPS://C.EXAMPLE:8443/oo", "http://gate:8470/oo"), ("//c.example:8443/oo", "http://gate:8470/oo"),
            ("https://c.example/oo", nil), ("https://c.example:8443.evil/oo", nil),
            ("https://evil@c.example:8443/", nil),
            ("/oo/x", nil), ("x", nil), ("javascript://c.example:8443/oo", nil), ("ftp://c.example:8443/oo", nil),
        ])
    func moves(address: String, moved: String?) throws {
        let addresses = try #require(FacadeAddresses(centralURL: "https://c.example:8443/oo/"))
        #expect(addresses.moved(address, to: "http://gate:8470") == moved)
        #expect(addresses.root == "/oo")
        #expect(addresses.origin == "https://c.example:8443")
        #expect(FacadeAddresses(centralURL: "http://c")?.root == "/oo")
        #expect(FacadeAddresses(centralURL: "http://c:80")?.moved("http://c/oo", to: "x") == "x/oo")
        #expect(FacadeAddresses(centralURL: "ftp://c") == nil)
        #expect(addresses.below("/oo/rest?a?b").map { "\($0.path) \($0.query ?? "-")" } == "/rest a?b")
        for target in ["/ooo", "/o", "", "/v1/launches", "//oo/x", "/OO/x", "http://x/oo/y", "*"] {
            #expect(addresses.below(target) == nil, "\(target)")
        }
    }

    @Test("hosts with anything but a host in them are none")
    func hosts() {
        for host in ["gate", "gate.example:8470", "10.0.0.1", "[::1]:8470"] { #expect(FacadeAddresses.isHost(host)) }
        for host in ["", "a b", "a\"b", "a/b", "a@b", "a\r\nb", "a<b", String(repeating: "a", count: 262)] {
            #expect(!FacadeAddresses.isHost(host), "\(host)")
        }
    }

    @Test("the first rule that matches a user counts, and a session is nobody's")
    func requesters() throws {
        let rules = RequesterRules([
            try #require(RequesterRules.Rule(user: "SVC-csa", source: .csa, patienceSeconds: 60)),
            try #require(RequesterRules.Rule(user: "corp\\*", source: .scheduler)),
        ])
        #expect(rules.requester(user: "svc-CSA", hasSession: true).patienceSeconds == 60)
        #expect(rules.requester(user: "svc-csa", hasSession: false).principal == Principal("central:svc-csa"))
        #expect(rules.requester(user: "CORP\\ann", hasSession: false).source == .scheduler)
        #expect(rules.requester(user: "corp\\a/b", hasSession: false).patienceSeconds == nil)
        #expect(rules.requester(user: "svc-csa2", hasSession: false) == .init(user: "svc-csa2", source: .api))
        #expect(rules.requester(user: nil, hasSession: true).source == .ui)
        #expect(rules.requester(user: nil, hasSession: true).principal == Principal("central:session"))
        #expect(rules.requester(user: "a\nb", hasSession: false).user == nil)
    }

    @Test(
        "only cancel and pause are taken for what they say; everything else may start work",
        arguments: [
            (#"{"action":"CANCEL"}"#, ExecutionAction.cancel), (#"{"action":"cancel"}"#, .cancel),
            (#"{"action":"Pause"}"#, .pause), (#"{"action":"RESUME","data":{}}"#, .resume),
            (#"{"action":"resume"}"#, .resume), (#"{"action":2}"#, .resume), (#"{"action":" PAUSE"}"#, .resume),
            ("{}", .resume), (#"{"Action":"CANCEL"}"#, .resume),
        ])
    func actions(text: String, action: ExecutionAction) {
        #expect(ExecutionAction(Array(text.utf8)) == action)
        #expect(ExecutionAction(Array("nonsense".utf8)) == nil)
    }

    @Test("a schedule starts nothing only when it says false")
    func schedules() {
        for text in ["{}", #"{"enabled":true}"#, #"{"enabled":"false"}"#, #"{"enabled":null}"#, #"{"enabled":0}"#] {
            #expect(ScheduleBody(Array(text.utf8))?.isEnabled == true, "\(text)")
        }
        #expect(ScheduleBody(Array(#"{"enabled":false,"flowUuid":"f"}"#.utf8))?.isEnabled == false)
        #expect(ScheduleBody(Array(#"{"enabled":false,"enabled":true}"#.utf8)) == nil)
        #expect(ScheduleBody.turnsOff(Array(" false ".utf8)))
        for text in ["true", "", "0", "\"false\"", "null", "falsee", "false true"] {
            #expect(!ScheduleBody.turnsOff(Array(text.utf8)), "\(text)")
        }
    }
}
