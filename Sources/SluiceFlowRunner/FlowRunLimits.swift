/// Every limit of a run, by name; reaching one ends the run with a ``FlowRunError`` of code `limit`.
///
/// The defaults let any sensible flow end (the largest real one has some hundred steps) and stop a loop without exit
/// within seconds.
public struct FlowRunLimits: Hashable, Sendable {
    /// Steps visited in one run, those of sub-flows, branches and return steps included.
    public var stepCountMax = 100_000
    /// Sub-flows and containers around a step; also how often an operation may be a soft copy of another.
    public var depthMax = 64
    /// Branches of one parallel container, or elements of one list that is gone through.
    public var branchCountMax = 10_000
    /// Bytes of one value: an input, a variable, a result.
    public var valueBytesMax = 4 << 20
    /// Bytes of all variables of one flow's context.
    public var contextBytesMax = 64 << 20
    /// Bytes of inputs and results that the trace keeps; those beyond are left out of it, and the run says so.
    public var traceBytesMax = 64 << 20
    /// Parts of one CloudSlang expression.
    public var expressionPartCountMax = 10_000
    /// Brackets around a part of a CloudSlang expression.
    public var expressionDepthMax = 64

    public init() {}
}
