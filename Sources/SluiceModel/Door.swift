/// A way in for new work, or a change that a fence cannot tell from one.
///
/// A closed door opens with its system's fence. Rows are those of csa-api.md, section 10.
public enum Door: String, Hashable, Sendable, CaseIterable {
    /// `POST /csa/api/mpp/mpp-request/{id}`: order, modification, cancellation or user operation (rows 1 to 6).
    ///
    /// Which of them it is stands in the body, so a fence closes all four or none.
    case order
    /// `POST /csa/api/urest/v1.0.0/serviceRequest`: the same, and a failed modification again (rows 1 to 6).
    case serviceRequest = "service-request"
    /// `POST /csa/rest/catalog/{c}/request`: the same by the legacy API (rows 1 to 6).
    case legacyRequest = "legacy-request"
    /// `GET /csa/rest/catalog/{c}/request/{r}/cancel`, which changes something though it is a GET (row 12).
    case requestCancel = "request-cancel"
    /// `POST /csa/rest/user/multipleRequest/cancel` and the other `multiple…` calls (row 12).
    case bulkChange = "bulk-change"
    /// `PUT /csa/rest/catalog/{c}/approval/{a}[/approver]`: a decision that lets a parked request go on (row 8).
    case approvalDecision = "approval-decision"
    /// `POST /csa/api/service/subscription/{s}/cancel` by an operator (row 11).
    case operatorCancel = "operator-cancel"
    /// `POST /csa/api/service/subscription/{s}/resume` of a paused transition (row 11).
    case operatorResume = "operator-resume"
    /// `POST /csa/rest/lifecycleengine/execute` (row 12).
    case lifecycleExecute = "lifecycle-execute"
    /// `POST /csa/rest/processinstances` (row 12).
    case processInstanceCreate = "process-instance-create"
    /// `POST /csa/rest/processinstances/{p}/execute` (row 12).
    case processInstanceExecute = "process-instance-execute"
    /// `POST /csa/rest/availablevalues/{field}`: dynamic option scripts, which may call OO (row 14).
    case optionScript = "option-script"
    /// `POST /oo/rest/…/executions`: starts a flow.
    case execution
    /// `PUT /oo/rest/…/executions/{id}/status`: the body says whether it resumes, cancels or pauses.
    case executionControl = "execution-control"
    /// `POST /oo/rest/…/schedules`, and `PUT …/schedules/{id}[/enabled]`.
    case schedule
    /// OO 9's `/PAS/services/…`, where a GET starts a flow too.
    case legacyRun = "legacy-run"
    /// Any other change in CSA or its portal that is not known to start nothing.
    case unlisted
}
