/// Which channels a picture has, in the order in which their samples lie.
public enum ChannelLayout: String, Sendable, CaseIterable {
    case gray
    case grayAlpha = "gray-alpha"
    case rgb
    case rgba

    /// Samples for one pixel.
    public var count: Int {
        switch self {
        case .gray: 1
        case .grayAlpha: 2
        case .rgb: 3
        case .rgba: 4
        }
    }

    public var hasAlpha: Bool { self == .grayAlpha || self == .rgba }

    /// Samples for one pixel without alpha: 1 or 3.
    public var colorCount: Int { hasAlpha ? count - 1 : count }

    public var withoutAlpha: ChannelLayout { colorCount == 1 ? .gray : .rgb }
    public var withAlpha: ChannelLayout { colorCount == 1 ? .grayAlpha : .rgba }
}
