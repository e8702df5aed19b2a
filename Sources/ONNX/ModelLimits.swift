/// How much a model may hold before reading it is refused.
public struct ModelLimits: Sendable {
    /// Bytes of the file, by default 2 GiB − 1, which is also the most that the format allows.
    public var fileBytes = 0x7fff_ffff
    public var nodes = 10_000
    public var initializers = 20_000
    /// Of one node: inputs and outputs together.
    public var valuesPerNode = 4_096
    public var attributesPerNode = 256
    /// Entries of a shape.
    public var rank = 8
    /// Declared inputs and outputs, each.
    public var declaredValues = 20_000
    /// An initializer's raw data of so many bytes and more are taken from the file itself, and not decoded with what
    /// stands around them.
    public var payloadBytes = 1 << 16

    public init() {}
}
