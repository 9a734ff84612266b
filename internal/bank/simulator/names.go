package simulator

// words are what the people and the shops of a country are called.
type words struct {
	first, last, streets []string
	companies            []string // trades; the name is "last trade form"
	form                 string
	shops                []shop
	employer             []string
	landlord, power      string
	phone, tax           string
	instant              string // mobile payments between persons
	account, savings     string // product names
	salary, rent         string // remittance texts
}

// A shop takes cards. Amounts are in minor units, about.
type shop struct {
	name, city, mcc string
	amount          int64
	weight          int // how often
}

func wordsOf(country string) *words {
	if w, ok := national()[country]; ok {
		return w
	}
	return national()["SE"]
}

func national() map[string]*words {
	return map[string]*words{"SE": swedish(), "FI": finnish(), "NO": norwegian(), "DK": danish(), "NL": dutch(), "DE": german()}
}

func swedish() *words {
	return &words{
		first:     []string{"Anna", "Erik", "Maria", "Lars", "Karin", "Johan", "Emma", "Nils", "Sara", "Oskar", "Elin", "Mikael", "Åsa", "Göran", "Fatima", "Amir"},
		last:      []string{"Andersson", "Lindqvist", "Bergström", "Nyberg", "Öberg", "Sandell", "Hedlund", "Wikström", "Ali", "Norén", "Ekman", "Dahlin"},
		streets:   []string{"Storgatan", "Kungsgatan", "Skolgatan", "Björkvägen"},
		companies: []string{"Bygg", "Konsult", "Livs", "El", "Transport", "Design", "Måleri"}, form: "AB",
		shops: []shop{
			{"Testlivs Torget", "Stockholm", "5411", 38500, 9},
			{"Matboden Söder", "Stockholm", "5411", 21900, 7},
			{"Kafé Kringlan", "Stockholm", "5814", 6800, 6},
			{"Pizzeria Prova", "Solna", "5812", 14500, 4},
			{"Lokaltrafiken", "Stockholm", "4111", 4200, 5},
			{"Apotek Exempel", "Stockholm", "5912", 18900, 2},
			{"Bensin Mackprov", "Uppsala", "5541", 61200, 3},
			{"Klädhuset", "Stockholm", "5651", 54900, 2},
			{"Bokhandeln Bladet", "Uppsala", "5942", 22900, 1},
			{"Strömfilm", "Stockholm", "4899", 11900, 1},
			{"Järn & Färg", "Solna", "5251", 32900, 1},
		},
		employer: []string{"Exempelverket", "Provföretaget AB", "Teststads kommun", "Nordprov AB"},
		landlord: "Bostads AB Provhem", power: "Provkraft AB", phone: "Testtele AB", tax: "Skatteverket (test)",
		instant: "Swish", account: "Privatkonto", savings: "Sparkonto", salary: "Lön", rent: "Hyra",
	}
}

func finnish() *words {
	return &words{
		first: []string{"Aino", "Juhani", "Liisa", "Matti", "Helmi", "Antti", "Eeva", "Pekka"}, last: []string{"Virtanen", "Korhonen", "Mäkinen", "Nieminen", "Laine", "Heikkinen"},
		streets: []string{"Mannerheimintie", "Koulukatu"}, companies: []string{"Rakennus", "Konsultointi", "Kuljetus"}, form: "Oy",
		shops: []shop{
			{"Koekauppa", "Helsinki", "5411", 3890, 9},
			{"Kahvila Esimerkki", "Helsinki", "5814", 790, 6},
			{"Bussi ja Juna", "Helsinki", "4111", 310, 5},
			{"Testiapteekki", "Espoo", "5912", 1850, 2},
			{"Huoltoasema", "Vantaa", "5541", 5900, 2},
		},
		employer: []string{"Esimerkki Oy", "Testikunta"}, landlord: "Koekodit Oy", power: "Testivoima Oy", phone: "Koepuhelin Oy", tax: "Verohallinto (testi)",
		instant: "Siirto", account: "Käyttötili", savings: "Säästötili", salary: "Palkka", rent: "Vuokra",
	}
}

func norwegian() *words {
	return &words{
		first: []string{"Ingrid", "Ola", "Kari", "Lars", "Solveig", "Magnus"}, last: []string{"Hansen", "Johansen", "Olsen", "Berg", "Haugen", "Dahl"},
		streets: []string{"Storgata", "Kirkeveien"}, companies: []string{"Bygg", "Rådgivning", "Transport"}, form: "AS",
		shops: []shop{
			{"Prøvematen", "Oslo", "5411", 34900, 9},
			{"Kafé Eksempel", "Oslo", "5814", 7900, 6},
			{"Trikken", "Oslo", "4111", 4200, 5},
			{"Testapoteket", "Bergen", "5912", 17900, 2},
			{"Bensinstasjonen", "Drammen", "5541", 68900, 2},
		},
		employer: []string{"Eksempel AS", "Prøve kommune"}, landlord: "Prøvebolig AS", power: "Testkraft AS", phone: "Prøvetele AS", tax: "Skatteetaten (test)",
		instant: "Mobilbetaling", account: "Brukskonto", savings: "Sparekonto", salary: "Lønn", rent: "Husleie",
	}
}

func danish() *words {
	return &words{
		first: []string{"Mette", "Jens", "Anne", "Søren", "Freja", "Mads"}, last: []string{"Jensen", "Nielsen", "Holm", "Kjær", "Lund", "Møller"},
		streets: []string{"Algade", "Skolegade"}, companies: []string{"Byg", "Rådgivning", "Transport"}, form: "ApS",
		shops: []shop{
			{"Prøvekøb", "København", "5411", 28900, 9},
			{"Café Eksempel", "København", "5814", 6500, 6},
			{"Metro og Bus", "København", "4111", 3000, 5},
			{"Testapotek", "Aarhus", "5912", 15900, 2},
			{"Tankstationen", "Odense", "5541", 52900, 2},
		},
		employer: []string{"Eksempel A/S", "Prøve Kommune"}, landlord: "Prøvebo A/S", power: "Testel A/S", phone: "Prøvetele A/S", tax: "Skat (test)",
		instant: "Mobilbetaling", account: "Lønkonto", savings: "Opsparing", salary: "Løn", rent: "Husleje",
	}
}

func dutch() *words {
	return &words{
		first: []string{"Sanne", "Daan", "Emma", "Sem", "Lotte", "Bram"}, last: []string{"de Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer"},
		streets: []string{"Dorpsstraat", "Kerkstraat"}, companies: []string{"Bouw", "Advies", "Transport"}, form: "B.V.",
		shops: []shop{
			{"Proefmarkt", "Amsterdam", "5411", 3290, 9},
			{"Café Voorbeeld", "Amsterdam", "5814", 690, 6},
			{"Tram en Trein", "Utrecht", "4111", 420, 5},
			{"Testapotheek", "Amsterdam", "5912", 1590, 2},
			{"Tankstation", "Haarlem", "5541", 6290, 2},
		},
		employer: []string{"Voorbeeld B.V.", "Gemeente Proefstad"}, landlord: "Proefwonen B.V.", power: "Teststroom B.V.", phone: "Proeftel B.V.", tax: "Belastingdienst (test)",
		instant: "Betaalverzoek", account: "Betaalrekening", savings: "Spaarrekening", salary: "Salaris", rent: "Huur",
	}
}

func german() *words {
	return &words{
		first: []string{"Anna", "Lukas", "Sophie", "Jonas", "Lea", "Paul"}, last: []string{"Müller", "Schmidt", "Weber", "Fischer", "Krüger", "Vogel"},
		streets: []string{"Hauptstraße", "Schulstraße"}, companies: []string{"Bau", "Beratung", "Spedition"}, form: "GmbH",
		shops: []shop{
			{"Probemarkt", "Frankfurt", "5411", 3590, 9},
			{"Café Beispiel", "Frankfurt", "5814", 650, 6},
			{"Nahverkehr", "Frankfurt", "4111", 340, 5},
			{"Testapotheke", "Mainz", "5912", 1690, 2},
			{"Tankstelle", "Hanau", "5541", 6490, 2},
		},
		employer: []string{"Beispiel GmbH", "Stadt Probe"}, landlord: "Probewohnen GmbH", power: "Teststrom GmbH", phone: "Probefunk GmbH", tax: "Finanzamt (Test)",
		instant: "Echtzeitzahlung", account: "Girokonto", savings: "Sparkonto", salary: "Gehalt", rent: "Miete",
	}
}
