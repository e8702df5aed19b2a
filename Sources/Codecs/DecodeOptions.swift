/// What to do with a picture whose data end early or are damaged.
public enum TruncationPolicy: String, Sendable, CaseIterable {
    /// The file is refused.
    case fail
    /// What can be read is delivered, with a warning. Rows that are missing are black (transparent where there is alpha)
    /// in a PNG; in a JPEG they continue the last block's mean colour or are gray, as libjpeg fills them.
    case salvage
}

/// How a file is to be read.
public struct DecodeOptions: Sendable {
    public var onTruncated: TruncationPolicy
    public var limits: DecodeLimits
    /// Asked now and then during work that takes long inside a single call; true ends it with `CodecError.cancelled`.
    public var isCancelled: (@Sendable () -> Bool)?

    public init(
        onTruncated: TruncationPolicy = .fail, limits: DecodeLimits = .init(),
        isCancelled: (@Sendable () -> Bool)? = nil
    ) {
        self.onTruncated = onTruncated
        self.limits = limits
        self.isCancelled = isCancelled
    }
}
