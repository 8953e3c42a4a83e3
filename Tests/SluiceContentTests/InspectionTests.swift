import Foundation
import SluiceContent
import SluiceForecast
import SluiceModel
import Testing

@Suite struct InspectionTests {
    private static let remark = Diagnostic(
        severity: .warning, code: "odd", message: "say \"why\"", file: "a\nb", line: 3, column: 4)

    @Test func showsAPackInTheDocumentedShape() {
        let flow = PackFlow(
            id: "f", name: "n\u{1}", path: "Content/Library/n.xml", kind: .flow,
            inputs: [PackInput(name: "i", isRequired: true, type: "ENCRYPTED", binding: "staticBinding")],
            responses: [PackResponse(name: "success", type: "RESOLVED")],
            references: [PackReference(id: "r", isResolved: true, count: 2)], startStep: "s", isGated: true)
        let pack = ContentPack(
            path: "p", name: "P", version: "1", flows: [flow],
            items: [PackItem(kind: "identity", id: "i", name: "n", path: "Content/Configuration/n.xml")],
            dependencies: [PackDependency(groupID: "g", artifactID: "a", version: "v")], diagnostics: [Self.remark])
        #expect(
            PackInspection.json(pack) == #"""
                {"format":1,"pack":{"name":"P","version":"1","uuid":null,"publisher":null,"description":null},\#
                "flows":[{"id":"f","name":"n\u0001","path":"Content/Library/n.xml","kind":"flow",\#
                "inputs":[{"name":"i","required":true,"type":"ENCRYPTED","binding":"staticBinding"}],\#
                "responses":[{"name":"success","type":"RESOLVED"}],"steps":0,"returnSteps":0,"transitions":0,\#
                "references":[{"id":"r","resolved":true,"count":2}],"gated":true}],\#
                "items":[{"kind":"identity","id":"i","name":"n","path":"Content/Configuration/n.xml"}],\#
                "dependencies":[{"groupId":"g","artifactId":"a","version":"v"}],\#
                "diagnostics":[{"severity":"warning","code":"odd","message":"say \"why\"","file":"a\nb","line":3}]}
                """#)
        let text = PackInspection.text(pack)
        #expect(text.contains("n\u{1}") == false && text.contains("gated") && text.contains("[odd]"))
    }

    @Test func showsJarsSignaturesAndPluginsWhereThereAreSome() {
        var operation = PackFlow(id: "o", name: "o", path: "Content/Library/o.xml", kind: .operation)
        operation.plugin = FlowPlugin(groupID: "g", artifactID: "a", version: "1", actionName: "act")
        var pack = ContentPack(path: "p", flows: [operation], signatures: ["META-INF/A.RSA"])
        pack.libraries = [PackLibrary(path: "Lib/g/a/1/a-1.jar")]
        let json = PackInspection.json(pack)
        #expect(
            json.contains(
                #""gated":false,"plugin":{"groupId":"g","artifactId":"a","version":"1","actionName":"act"}}"#))
        #expect(
            json.contains(
                #""libraries":[{"path":"Lib/g/a/1/a-1.jar"}],"signatures":[{"path":"META-INF/A.RSA"}],"#))
    }

    @Test func mergesSchedulesInTheDocumentedShape() {
        let job = ScheduleJob(
            key: ScheduleKey(group: "g", name: "j"), jobClass: "x.Y", isDurable: true,
            data: [ScheduleDataEntry(key: "k", value: nil), ScheduleDataEntry(key: "l", value: "v")])
        let timings: [ScheduleTrigger.Timing] = [
            .cron(expression: "0 0 3 * * ?", timeZone: "UTC"),
            .simple(repeatCount: -1, repeatIntervalMilliseconds: 1500), .calendarInterval(interval: 2, unit: .week),
        ]
        let triggers = timings.map {
            ScheduleTrigger(
                key: ScheduleKey(name: "t"), job: job.key, timing: $0, start: .zero, end: Timestamp(milliseconds: 1))
        }
        let json = ScheduleInspection([
            ScheduleFile(file: "a", jobs: [job], triggers: [triggers[0]]),
            ScheduleFile(file: "b", triggers: Array(triggers[1...]), diagnostics: [Self.remark]),
        ]).json
        let head = #"{"group":"DEFAULT","name":"t","job":{"group":"g","name":"j"},"type":"#
        let times = #""start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:00.001Z","#
        let tail =
            #""misfire":"MISFIRE_INSTRUCTION_SMART_POLICY","priority":5,"data":{},"masked":[],"#
            + #""flow":null,"enabled":true,"replayable":true,"next":null}"#
        #expect(
            json == #"{"format":1,"jobs":[{"group":"g","name":"j","class":"x.Y","description":null,"durable":true,"#
                + #""data":{"k":null,"l":"v"},"masked":[]}],"triggers":["#
                + head + #""cron","cron":"0 0 3 * * ?","timeZone":"UTC","# + times
                + #""repeatCount":null,"repeatIntervalMilliseconds":null,"repeatIntervalUnit":null,"# + tail + ","
                + head + #""simple","cron":null,"timeZone":null,"# + times
                + #""repeatCount":-1,"repeatIntervalMilliseconds":1500,"repeatIntervalUnit":null,"# + tail + ","
                + head + #""calendarInterval","cron":null,"timeZone":null,"# + times
                + #""repeatCount":null,"repeatIntervalMilliseconds":null,"repeatInterval":2,"#
                + #""repeatIntervalUnit":"WEEK","#
                + tail
                + #"],"diagnostics":[{"severity":"warning","code":"odd","message":"say \"why\"","#
                + #""file":"a\nb","line":3}],"dialect":null,"quartz":{"accepts":true,"reason":null},"zoneData":null,"#
                + #""files":[{"file":"a","dialect":null,"quartz":{"accepts":true,"reason":null}},"#
                + #"{"file":"b","dialect":null,"quartz":{"accepts":true,"reason":null}}]}"#
        )
        let text = ScheduleInspection([ScheduleFile(file: "b", jobs: [job], triggers: triggers)]).text
        #expect(text.contains("every 2 WEEK") && text.contains("for ever") && text.contains("misfire SMART_POLICY"))
    }

    @Test func writesJSONThatOthersCanRead() throws {
        var random = SplitMix(state: 3)
        for _ in 0..<200 {
            let scalars = (0..<20).compactMap { _ in Unicode.Scalar(UInt32(random.next() % 0x3000)) }
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars)
            let pack = ContentPack(path: "p", name: String(name))
            let object = try JSONSerialization.jsonObject(with: Data(PackInspection.json(pack).utf8)) as? [String: Any]
            let read = (object?["pack"] as? [String: Any])?["name"] as? String
            #expect(read.map { Array($0.unicodeScalars) } == scalars)
        }
    }
}
