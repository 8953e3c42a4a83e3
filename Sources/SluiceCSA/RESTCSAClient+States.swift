internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts
internal import SluiceXML

/// Where artifacts, transitions and process instances are (csa-api.md sections 5 to 7).
extension RESTCSAClient {
    public func artifactState(_ id: String) async throws -> ArtifactState? {
        let call = Call(path: "/rest/artifact/state/\(RESTCSAClient.escape(id))", accept: "application/json")
        guard let answer = try await legacyRead(call) else { return nil }
        let value = try json(answer, call)
        guard let artifactState = RESTCSAClient.word(value["artifactState"]) else {
            throw CSAError(.unreadable, "\(name(call)) answered without an artifactState; check csa.url")
        }
        return ArtifactState(
            type: RESTCSAClient.word(value["artifactType"]) ?? "", isRetired: artifactState == "RETIRED",
            state: RESTCSAClient.word(value["state"]), status: RESTCSAClient.word(value["status"]))
    }

    /// A category's word: plain, or as the object with its name that other calls give.
    private static func word(_ value: JSONValue?) -> String? {
        (value?.string ?? value?["name"]?.string).flatMap { $0.isEmpty ? nil : $0 }
    }

    public func lifecycleRecord(of instance: CSAInstanceID) async throws -> LifecycleRecord? {
        let call = Call(path: "/rest/lifecycleengine", query: [("serviceInstanceId", instance.text)])
        guard let answer = try await legacyRead(call) else { return nil }
        let element = try xml(answer, call, roots: ["LifecycleExecutionRecord"])
        let flag = element.text(at: "callbackPending")
        guard flag == "true" || flag == "false" else {
            throw CSAError(.unreadable, "\(name(call)) answered a record without true or false in callbackPending")
        }
        if let other = element.text(at: "serviceInstance", "id"), other != instance.text {
            throw CSAError(.unreadable, "\(name(call)) answered the record of another instance than \(instance)")
        }
        var record = LifecycleRecord(instanceID: instance, isCallbackPending: flag == "true")
        record.executionState = element.text(at: "executionState", "name")
        record.executionStatus =
            element.text(at: "executionStatus", "name") ?? element.text(at: "executionStatus", "displayName")
        record.targetState = element.text(at: "targetState", "name")
        record.isReverse = element.text(at: "reverse") == "true"
        return record
    }

    public func processInstance(_ id: CSAProcessID) async throws -> ProcessInstance? {
        let call = Call(path: "/rest/processinstances/\(RESTCSAClient.escape(id.text))")
        guard let answer = try await legacyRead(call) else { return nil }
        let element = try xml(answer, call, roots: ["ProcessInstance"])
        guard let word = element.text(at: "processInstanceState", "name") else {
            throw CSAError(.unreadable, "\(name(call)) answered a process instance without a state")
        }
        var instance = ProcessInstance(id: id, state: ProcessInstanceState(word: word))
        instance.returnCode = element.text(at: "processReturnCode", "name").map { ProcessReturnCode(word: $0) }
        instance.status = element.text(at: "status")
        instance.artifactID = element.text(at: "artifactId") ?? element.text(at: "context", "id")
        instance.timeoutSeconds = element.text(at: "timeout").flatMap { Int($0) }
        return instance
    }

    public func setProcessInstance(
        _ id: CSAProcessID, to state: ProcessInstanceState, returnCode: ProcessReturnCode, status: String
    ) async throws {
        let body = XMLElement(
            "ProcessInstance",
            children: [
                XMLElement("id", text: id.text), PolicyCodec.word("processInstanceState", state.word),
                PolicyCodec.word("processReturnCode", returnCode.word), XMLElement("status", text: status),
            ])
        let call = Call(
            method: .PUT, path: "/rest/processinstances/\(RESTCSAClient.escape(id.text))",
            query: [("scope", "view"), ("view", "processinstancestate"), ("action", "merge")],
            body: ("application/xml", body.document()))
        _ = try await legacyChange(call)
    }
}
