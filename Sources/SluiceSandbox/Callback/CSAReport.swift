/// What a flow reports to CSA at its end, ready to be sent: the PUT of its process instance (csa-api.md section 7).
struct CSAReport: Sendable {
    /// What came of it.
    enum Answer: Hashable, Sendable {
        case taken
        /// By CSA, with that status.
        case refused(Int)
        case noAnswer
    }

    let executionID: Int64
    let csaURL: String
    let processID: String
    let isSuccess: Bool
    let text: String

    /// The vendor's document.
    var document: CSAElement {
        CSAElement(
            "ProcessInstance",
            children: [
                CSAElement("id", text: processID),
                CSAElement(
                    "processInstanceState", children: [CSAElement("name", text: isSuccess ? "COMPLETED" : "ERROR")]),
                CSAElement(
                    "processReturnCode", children: [CSAElement("name", text: isSuccess ? "SUCCESS" : "FAILURE")]),
                CSAElement("status", text: text),
            ])
    }
}
