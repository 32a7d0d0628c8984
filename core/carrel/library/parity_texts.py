"""Texts on which a prepared embedder is compared with its original: many subjects, forms, lengths.

Written for this. Several are near each other on purpose (two leases, three invoices), so that the
agreement of nearest neighbours says something.
"""

from __future__ import annotations

_PASSAGES = """
The tenant pays the rent in advance, no later than the third working day of each month, by
transfer to the account named in section 4. If the rent is late by more than fourteen days, the
landlord may charge interest at two points above the base rate.
--
The lease ends on 30 September unless one of the parties asks in writing for an extension. Notice
is three months for the tenant and six for the landlord after five years of residence.
--
The deposit of three months' rent is held on a separate account and is returned within sixty days
of the keys being handed over, less the cost of repairs for which the tenant answers.
--
Invoice 2024-117: 40 hours of consulting at 95.00, travel 212.40, total 4,012.40 before tax.
Payable within 30 days; a discount of two per cent applies within ten.
--
Invoice 2024-118 corrects number 2024-112: the quantity was 12 and not 21. The difference of
1,080.00 is credited to your account.
--
Reminder: invoice 2024-093 over 640.00 has been open for 45 days. Please pay by Friday or call us
if something is wrong with it.
--
Revenue rose 12 % to 84.3 million, mostly from services; the operating margin fell from 9.1 to 8.4
% because freight and energy cost more. Net debt stands at 1.9 times EBITDA.
--
The board proposes a dividend of 0.45 per share, to be paid in June, and a programme to buy back
up to two per cent of the capital until the end of next year.
--
Cash flow from operations was 6.2 million in the first quarter against 5.1 a year ago; capital
expenditure of 3.8 million went into the second assembly line.
--
To reset the controller, hold the button for ten seconds until the lamp blinks blue, then let go.
All pairings are lost; settings of the clock stay.
--
Error E-42 means that the pump runs dry. Switch the machine off, fill the tank to the mark, and
press start twice. If it appears again, clean the filter behind the lower cover.
--
Before you open the housing, pull the mains plug and wait two minutes: the capacitors keep a
charge that can kill.
--
def mean(values): return sum(values) / len(values) # raises ZeroDivisionError for an empty list
--
SELECT name, COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE placed >= '2023-01-01'
GROUP BY name HAVING COUNT(*) > 3 ORDER BY 2 DESC;
--
The function retries three times with exponential backoff and raises TimeoutError when the server
has not answered after thirty seconds. Responses are cached by their ETag.
--
Install the package with pip, set the environment variable to the folder of your models, and start
the service; the log says on which port it listens.
--
We treated 148 adults with hypertension for twelve weeks. Systolic pressure fell by 9.4 mmHg in
the treated group and by 2.1 in the placebo group (95 % interval of the difference 4.8 to 9.8).
--
Common side effects are headache and dry mouth. Stop taking the tablets and see a doctor at once
if your face swells or breathing becomes hard.
--
Vitamin D is made in the skin under sunlight; in northern winters food and supplements have to
supply it. Deficiency weakens the bones.
--
The mitochondrion turns the energy of food into ATP. It has its own ring of DNA, inherited from
the mother, a trace of the bacterium that it once was.
--
Photosynthesis binds carbon dioxide with the energy of light; oxygen is what is left over. Shade
plants have larger and thinner leaves.
--
Glaciers carve valleys with a round floor, rivers those with a sharp one. The lakes behind
moraines are what the ice left when it went.
--
The comet returns every 76 years. Its tail always points away from the sun, so that on the way out
it flies tail first.
--
Water boils at a lower temperature on a mountain, because the air presses less; beans take longer
to cook there.
--
The treaty was signed in 1648 after four years of talks in two towns, one for each confession. It
ended thirty years of war and redrew the borders of the empire.
--
In 1912 the town had 4,300 inhabitants, two breweries and a station. After the flood of 1926 the
lower quarter was not built up again.
--
She learned to read from seed catalogues, her biographer says, and could name forty roses before
she could write her own name.
--
The trial begins on Monday. The accused is said to have moved nine million through four companies,
none of which had an employee.
--
Article 12. Personal data are kept no longer than the purpose asks for. Whoever is concerned may
have a copy, and may have errors put right.
--
The insurer does not pay when the damage was caused with intent, or when the premium was not paid
after a second reminder.
--
Minutes of 14 March: the roof is to be repaired before winter; Mrs Adler asks for three offers.
The vote on the bicycle shed is put off to May.
--
Minutes of 9 May: the offer of Brandt & Sons over 18,400 is accepted with seven votes to two. The
bicycle shed will be built behind the east wing.
--
Dear Mr Okafor, thank you for your application. We were impressed by your work on bridges and
would like to meet you on Tuesday at ten.
--
Hi Lena, I am at the station until six, then offline. The keys are with the neighbour on the
second floor, the cat has eaten.
--
Fry the onions until they are soft, add the rice and stir until it looks like glass, then pour in
hot stock ladle by ladle. After eighteen minutes fold in butter and cheese.
--
Knead the dough for ten minutes, let it rest in the cold overnight, and bake it at 240 degrees
with steam. A good loaf sounds hollow.
--
Prune apple trees in late winter, when hard frost is over and the buds are still closed; cut back
to a bud that looks outward.
--
The striker scored twice before the break, was booked for arguing, and left the field with a
pulled muscle in the 61st minute.
--
Knight to f6 attacks the pawn and gives the bishop the diagonal. White's best answer is to castle.
--
Turn left at the chapel and follow the stream for two kilometres. The bridge is closed after heavy
rain; the way over the meadow takes half an hour longer.
--
The night train leaves at 22:14 from platform 7 and arrives at 8:02. Couchettes must be booked
three days ahead; bicycles only in a bag.
--
Flight 482 is delayed by two hours and forty minutes because of fog at the destination. Passengers
with connections are asked to go to desk 14.
--
A backup that has never been restored is a hope. Test it: once a quarter, take a file you need and
bring it back on another machine.
--
The password must have twelve characters and may not be one of the last five. After three failures
the account is locked for fifteen minutes.
--
Public keys can be given to anyone; the private key never leaves the device. Whoever signs proves
that he holds it.
--
The choir rehearses on Thursdays in the old school. Tenors are always welcome; reading music helps
but is no condition.
--
The second movement opens with a solo of the clarinet over muted strings; the theme returns in the
finale, in major and at twice the speed.
--
He mixes chalk into the paint so that the light stays in the wall. Seen close, the blue is made of
green, grey and a little red.
--
Interest rates were raised by a quarter point, the ninth time in a row. Mortgage lenders followed
within days; savings accounts did not.
--
The price of copper fell to its lowest in two years as stocks in the warehouses grew. Analysts
blame weak building in the east.
--
Table 3. Yield per hectare: wheat 7.4 t, barley 6.1 t, rye 5.2 t, oats 4.8 t. Dry years are
marked.
--
name; street; town; amount. Berger; Mill Lane 3; Norden; 120.00. Castillo; Harbour 17; Emden;
75.50.
--
Die Kündigungsfrist beträgt drei Monate zum Monatsende. Die Kündigung muss schriftlich erfolgen.
--
Le bail est conclu pour une durée de trois ans; le loyer est révisé chaque année selon l'indice.
--
El pago se realizará en un plazo de treinta días a partir de la fecha de la factura.
--
Договор вступает в силу со дня подписания и действует до конца года.
--
本契約は署名の日から効力を生じ、一年間有効とする。
--
Warranty: two years.
--
See page 14.
--
Q3
--
What is the notice period for the tenant?
--
How do I clear error E-42?
--
Who voted for the offer of the roofers?
--
When does the night train leave?
--
Which side effects need a doctor?
"""

TEXTS: tuple[str, ...] = tuple(" ".join(text.split()) for text in _PASSAGES.split("\n--\n"))
