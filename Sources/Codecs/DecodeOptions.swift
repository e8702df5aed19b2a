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
    /// PNG: a picture whose compressed and stored bytes are not more than this together is inflated as a whole, which is
    /// faster; a larger one row by row. By default 128 MiB.
    public var wholeImageBytes: Int
    /// Asked now and then during work that takes long inside a single call; true ends it with `CodecError.cancelled`.
    public var isCancelled: (@Sendable () -> Bool)?

    public init(
        onTruncated: TruncationPolicy = .fail, limits: DecodeLimits = .init(),
        wholeImageBytes: Int = 128 << 20, isCancelled: (@Sendable () -> Bool)? = nil
    ) {
        self.onTruncated = onTruncated
        self.limits = limits
        self.wholeImageBytes = wholeImageBytes
        self.isCancelled = isCancelled
    }
}
