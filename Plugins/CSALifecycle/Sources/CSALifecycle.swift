public import SluicePluginKit

/// Links launches of CSA's lifecycle actions to the CSA process that waits for them, and keeps those of one
/// subscription in order: an ORDER before its MODIFY before its CANCEL.
///
/// CSA passes two reserved inputs to the OO flows it starts: `CSA_PROCESS_ID`, the process instance, and
/// `CSA_CONTEXT_ID`, the artifact it runs for (csa-api.md section 7, proven). An input with the subscription's id is
/// not proven, so it is used only if it is configured; else the order is that of the artifact.
public struct CSALifecycle: LaunchInterceptor {
    public var processInput = "CSA_PROCESS_ID"
    public var contextInput = "CSA_CONTEXT_ID"
    /// The input with the subscription's id, in the content of this site.
    public var subscriptionInput: String?
    /// Whether launches are kept in order at all.
    public var isOrdered = true
    /// Launches with these prefixes of a flow path or id are left alone: what has no order, such as pool syncs.
    public var except: [PathGlob] = []

    public init() {}

    public func intercept(_ launch: LaunchView, at now: Timestamp) async throws -> Interception {
        guard let process = launch.value(of: processInput), !process.isEmpty else { return .nothing }
        guard let processID = CSAProcessID(checking: process) else {
            throw OddID(input: processInput, byteCount: process.utf8.count)
        }
        var annotations = LaunchAnnotations(csaProcessID: processID)
        if isOrdered, !isExcepted(launch), let (name, value) = subject(of: launch) {
            guard let key = OrderingKey(checking: "\(name):\(value)") else {
                throw OddID(input: name, byteCount: value.utf8.count)
            }
            annotations.orderingKey = key
        }
        return .annotate(annotations)
    }

    private func isExcepted(_ launch: LaunchView) -> Bool {
        except.contains { $0.matches(launch.flowPath ?? "") || $0.matches(launch.flow.text) }
    }

    /// What is to be kept in order: the subscription where it is known, else the artifact.
    private func subject(of launch: LaunchView) -> (name: String, value: String)? {
        if let subscriptionInput, let value = launch.value(of: subscriptionInput), !value.isEmpty {
            return ("csa-subscription", value)
        }
        guard let value = launch.csaInstanceID?.text ?? launch.value(of: contextInput), !value.isEmpty else {
            return nil
        }
        return ("csa-artifact", value)
    }

    /// An id that is none.
    struct OddID: Error, CustomStringConvertible {
        let input: String
        let byteCount: Int

        var description: String {
            "the id in \(input), of \(byteCount) bytes, is too long or has a control character"
        }
    }
}

/// `kind: csa-lifecycle`.
public struct CSALifecycleFactory: PluginFactory {
    public let kind = "csa-lifecycle"
    public let version = "1.0.0"
    public let api = PluginAPIVersion(1, 0)
    public let summary =
        "Links launches to the CSA process that waits for them, and keeps each subscription's in order."

    public init() {}

    public func make(_ settings: inout PluginSettings) throws -> PluginParts {
        var plugin = CSALifecycle()
        plugin.processInput = settings.text("processInput", default: plugin.processInput)
        plugin.contextInput = settings.text("contextInput", default: plugin.contextInput)
        plugin.subscriptionInput = settings.text("subscriptionInput")
        plugin.isOrdered = settings.flag("ordered", default: plugin.isOrdered)
        plugin.except =
            settings.parsedList(
                "except", expected: "a pattern of 1 to \(IdentifierLimits.byteCountMax) bytes"
            ) { PathGlob($0) } ?? []
        return PluginParts(interceptor: plugin)
    }
}
