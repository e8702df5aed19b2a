import Specification

extension PointFunction {
    static let functionName = Parameter<Name>.requiredChoice("function", "the function applied to every sample")
    static let alphaKey = Parameter<Double?>.optionalNumber(
        "alpha", "slope or height of the negative side: elu (1), leaky-relu (0.01), prelu (0.25)")
    static let levelKey = Parameter<Double>.number(
        "level", default: 128, "threshold: samples from here on become 255, the others 0")
    static let lowKey = Parameter<Double>.number(
        "low", default: 0, "clamp: the least value; levels: what becomes outputLow")
    static let highKey = Parameter<Double>.number(
        "high", default: 255, "clamp: the largest value; levels: what becomes outputHigh")
    static let exponentKey = Parameter<Double>.number(
        "exponent", in: 0.01...100, default: 1, "gamma, levels: y = 255 · (x / 255) ^ exponent")
    static let outputLowKey = Parameter<Double>.number(
        "outputLow", default: 0, "levels, normalize: the value of the darkest")
    static let outputHighKey = Parameter<Double>.number(
        "outputHigh", default: 255, "levels, normalize: the value of the brightest")
    static let gainKey = Parameter<Double>.number("gain", default: 1, "y = scale · f(gain · x + bias) + shift")
    static let biasKey = Parameter<Double>.number("bias", default: 0, "added before the function")
    static let scaleKey = Parameter<Double>.number("scale", default: 1, "multiplied after the function")
    static let shiftKey = Parameter<Double>.number("shift", default: 0, "added after the function")

    /// The keys around and inside a function.
    static let parameters: [ParameterDescription] = [
        functionName.description, gainKey.description, biasKey.description, scaleKey.description,
        shiftKey.description, alphaKey.description, levelKey.description, lowKey.description, highKey.description,
        exponentKey.description, outputLowKey.description, outputHighKey.description,
    ]

    /// Keys that only some functions have.
    private static let owners: [String: [Name]] = [
        "alpha": [.elu, .leakyRelu, .prelu], "level": [.threshold], "low": [.clamp, .levels],
        "high": [.clamp, .levels], "exponent": [.gamma, .levels], "outputLow": [.levels, .normalize],
        "outputHigh": [.levels, .normalize],
    ]

    init(_ reader: inout ParameterReader) {
        let name = reader.read(Self.functionName)
        self.init(name)
        for (key, names) in Self.owners.sorted(by: { $0.key < $1.key }) where reader.has(key) && !names.contains(name) {
            reader.error(
                at: key, rule: "key-without-effect", message: "\(key) has no effect on \(name.rawValue)",
                hint: "it belongs to \(names.map(\.rawValue).joined(separator: ", "))")
        }
        if let alpha = reader.read(Self.alphaKey) { self.alpha = alpha }
        level = reader.read(Self.levelKey)
        low = reader.read(Self.lowKey)
        high = reader.read(Self.highKey)
        exponent = reader.read(Self.exponentKey)
        outputLow = reader.read(Self.outputLowKey)
        outputHigh = reader.read(Self.outputHighKey)
        gain = reader.read(Self.gainKey)
        bias = reader.read(Self.biasKey)
        outerScale = reader.read(Self.scaleKey)
        shift = reader.read(Self.shiftKey)
        if name == .clamp ? low > high : low >= high {
            reader.error(
                at: "low", rule: "out-of-range",
                message: "low (\(numberText(low))) is not below high (\(numberText(high)))",
                hint: "exchange them")
        }
    }

    /// A name, or an object with `function` and the keys around it.
    static func optional(_ key: String, _ meaning: String) -> Parameter<PointFunction?> {
        .optionalCustom(
            key, .anyOf([.choice(Name.allCases.map(\.rawValue)), .object(parameters)]), meaning
        ) { json, faults in
            if let text = json.string { return Name(rawValue: text).map { PointFunction($0) } }
            return faults.readObject(json, of: parameters, at: [key]) { PointFunction(&$0) }
        }
    }
}
