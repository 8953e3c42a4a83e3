public import SluiceModel

/// Sends callbacks; implemented by `HTTPCallbackSender` (SluiceCallbacks).
public protocol CallbackSender: Sendable {
    /// Sends one callback once, to the URL of its hold; follows no redirect.
    func send(_ callback: Callback, of hold: Hold) async -> CallbackOutcome
}

/// What one try to deliver a callback came to; causes are sentences without secrets.
public enum CallbackOutcome: Hashable, Sendable {
    /// The receiver took it.
    case delivered
    /// It may be taken later, or was taken and the answer lost.
    case again(cause: String)
    /// To try again would not help: it may not be sent there, or the receiver wants no more of it.
    case refused(cause: String)
}
