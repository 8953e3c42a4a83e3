import SluiceModel
import SluicePluginKit
import Testing

/// What a plugin is shown of a launch.
@Suite struct LaunchViewTests {
    @Test func aPluginSeesTheLaunchAndNoneOfItsSecrets() {
        let secret = "hunter2-and-more"
        var request = LaunchRequest(flow: FlowID("f"), source: .csa)
        request.pass = Secret(secret)
        request.askID = AskID(secret)
        request.ticket = Ticket("h_01ARZ3NDEKTSV4RRFFQ69G5FAV")
        request.csaInstanceID = CSAInstanceID("instance")
        request.start.runName = "name"
        request.inputs = [
            LaunchInput(name: "host", value: .clear("db1")),
            LaunchInput(name: "password", value: .secret(Secret(secret))),
            LaunchInput(name: "sealed", value: .sealed(SealedBytes(Array(secret.utf8)))),
        ]
        let view = LaunchView(request, principal: Principal("gate"), contentPack: "base")
        #expect(view.value(of: "host") == "db1" && view.value(of: "password") == nil && view.value(of: "x") == nil)
        #expect(view.inputs.map(\.name) == ["host", "password", "sealed"])
        #expect(view.csaInstanceID == CSAInstanceID("instance") && view.runName == "name")
        #expect(view.contentPack == "base" && view.principal == Principal("gate"))
        var shown = ""
        dump(view, to: &shown)
        #expect(!shown.contains(secret) && !shown.contains("01ARZ3"))
    }
}
