import Specification

/// Where a pattern was found in a picture.
public struct PatternPlaces: Sendable, Equatable {
    public struct Place: Sendable, Equatable {
        /// The upper left corner of the pattern, in pixels of the picture that was searched.
        public var x: Int
        public var y: Int
        /// The sum of products; −1…1 where it is normalized.
        public var response: Double

        public init(x: Int, y: Int, response: Double) {
            self.x = x
            self.y = y
            self.response = response
        }
    }

    /// Of the pattern, in pixels.
    public var width: Int
    public var height: Int
    /// How many places there are; those of the least response may be missing from `places`.
    public var count: Int
    /// The largest response first; of equal ones the upper, then the left one.
    public var places: [Place]

    public init(width: Int, height: Int, count: Int, places: [Place]) {
        self.width = width
        self.height = height
        self.count = count
        self.places = places
    }

    /// As it stands in a record.
    public var json: JSONNode {
        .object([
            ("width", .integer(width)), ("height", .integer(height)), ("count", .integer(count)),
            (
                "places",
                .array(
                    places.map {
                        .object([("x", .integer($0.x)), ("y", .integer($0.y)), ("response", .number($0.response))])
                    })
            ),
        ])
    }
}
