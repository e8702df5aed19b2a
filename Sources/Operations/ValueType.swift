import Raster

/// What a value of a pipeline is. All of them are fields of the graph; the kind says what the samples mean.
public enum ValueKind: String, Sendable, CaseIterable {
    /// Samples of a picture, or of one plane of it; a mask is a gray picture.
    case picture
    /// Which class a picture belongs to: see ``FindingTable``.
    case labels
    /// Places in a picture with their classes: see ``FindingTable``.
    case boxes
    /// The number of a class at each pixel; class 0 is the background as a rule.
    case classMap = "class-map"

    /// As messages call one of them.
    public var phrase: String {
        switch self {
        case .picture: "a picture"
        case .labels: "a classification"
        case .boxes: "boxes"
        case .classMap: "a class map"
        }
    }
}

/// What is known of a value before a picture arrives.
public struct ValueType: Sendable, Equatable {
    public var kind: ValueKind
    /// nil: as the file has it.
    public var layout: ChannelLayout?
    /// nil: depends on the picture.
    public var size: ImageSize?
    /// The classes that labels and boxes speak of.
    public var classes: ClassNames?

    public init(layout: ChannelLayout? = nil, size: ImageSize? = nil) {
        kind = .picture
        self.layout = layout
        self.size = size
    }

    /// Labels, boxes or a class map.
    public init(_ kind: ValueKind, of classes: ClassNames) {
        self.kind = kind
        self.classes = classes
    }
}

/// The classes of a network, by their numbers from 0.
public struct ClassNames: Sendable, Equatable {
    public let names: [String]

    public init(_ names: [String]) { self.names = names }

    public var count: Int { names.count }

    /// The number of a class by the name that `name(of:)` gives.
    public func index(of name: String) -> Int? {
        if let index = names.firstIndex(of: name) { return index }
        guard name.hasPrefix("class "), let index = Int(name.dropFirst(6)), index >= names.count else { return nil }
        return index
    }

    /// The name of a class; its number where it has none.
    public func name(of index: Int) -> String {
        names.indices.contains(index) ? names[index] : "class \(index)"
    }
}
