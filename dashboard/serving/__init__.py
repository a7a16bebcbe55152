"""Serving the page to a team: who may come in, what each may do, what is logged, how it ends.

``SLAM_TEAM`` names the settings: `config` reads them, `team` is what they say. `install` fits the
server that ``panel serve`` makes: `guard` stands before every route, `sign_in` lets people in,
`roles` says what they may do, `headers` what browsers may do, `logs` what is written down,
`shutdown` how it ends.
"""
